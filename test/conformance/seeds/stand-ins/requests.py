"""What the vendors' examples use of the package `requests`, over the standard library."""

import json as _json
import urllib.error
import urllib.request


class Response:
    def __init__(self, status_code, body):
        self.status_code = status_code
        self._body = body

    def json(self):
        return _json.loads(self._body)


def _send(method, url, headers, data):
    call = urllib.request.Request(url, data=data, headers=headers or {}, method=method)
    try:
        with urllib.request.urlopen(call) as answer:
            return Response(answer.status, answer.read())
    except urllib.error.HTTPError as error:
        return Response(error.code, error.read())


def get(url, headers=None):
    return _send("GET", url, headers, None)


def post(url, headers=None, json=None):
    return _send("POST", url, headers, _json.dumps(json).encode())
