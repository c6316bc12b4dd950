import { later, row } from './row.ts'

const refused = (what: string): string =>
  `http/aiml-values > is refused with what was expected and received: ${what}`

/** `/aiml/v1` and `/v1`, in the form of AI/ML API. */
export const AIML = [
  row('S98', 'the page’s Python', 'conformance/seeds > aimlapi-kontext-text-to-image 2 works'),
  row('S99', 'the page’s JavaScript', 'conformance/seeds > aimlapi-kontext-text-to-image 3 works'),
  row(
    'S100',
    'prompts of up to 4,000 characters',
    'http/aiml-values > is taken: 4000 characters',
    refused('4001 characters'),
  ),
  row(
    'S101',
    'one to four images',
    refused('no image'),
    refused('five images'),
    'http/aiml > has the size, format and number',
  ),
  row(
    'S102',
    'a seed gives the same image',
    refused('a seed of 0'),
    'http/aiml > costs what the answer and its headers say, and nothing when it is reused',
  ),
  row(
    'S103',
    'guidance of 1 to 20',
    refused('too little guidance'),
    refused('too much guidance'),
    'http/aiml-values > is taken: guidance',
  ),
  row(
    'S104',
    'a tolerance of "1" to "6"',
    refused('a tolerance of 7'),
    'http/aiml-values > is taken: the loosest',
  ),
  row(
    'S105',
    'jpeg or png',
    refused('gif'),
    'http/aiml > is answered in both spellings',
    'conformance/aiml-upstream > alibaba/qwen-image gets what was meant',
  ),
  row(
    'S106',
    'nine ratios',
    'http/aiml-values > names the nine ratios',
    'http/aiml-values > is taken: 9:21',
    refused('a tenth ratio'),
    'http/aiml > is answered in both spellings',
  ),
  row(
    'S107',
    'an image to work from',
    'conformance/aiml-upstream > reach the vendor byte for byte: one link',
  ),
  row(
    'S108',
    'up to four of them',
    'conformance/aiml-upstream > reach the vendor byte for byte: a link and a data URL',
    'http/aiml-values > image_url is refused: five images',
  ),
  row(
    'S109',
    'which must be there, and be URLs',
    'http/aiml-values > image_url is refused: no image',
    'http/aiml-values > image_url is refused: a text that is no URL',
  ),
  row(
    'S110',
    'the answer of its schema',
    'conformance/seeds-data > are those of AI/ML API’s schema',
    'http/aiml > is answered in both spellings',
  ),
  row(
    'S111',
    'the answer of its example',
    'conformance/seeds-data > have every key of AI/ML API’s example',
    'http/aiml > is answered in both spellings',
  ),
  row('S112', 'the true size and type', 'http/aiml > is answered in both spellings'),
  row(
    'S113',
    'an edit sees the picture itself',
    'conformance/aiml-upstream > reach the vendor byte for byte',
  ),
  row(
    'S114',
    'an OpenAPI description',
    'cli/openapi > lists what clients of images call',
    'cli/openapi > is a valid OpenAPI 3.1 document',
    'http/openapi > has every route of the table, and no other',
  ),
  row('S115', 'both spellings name the same links', 'http/aiml > has the size, format and number'),
  row('S116', 'what it cost in USD', 'http/aiml > costs what the answer and its headers say'),
  row(
    'S117',
    'the keys of an error',
    refused(''),
    'http/aiml > has its shape at',
    'conformance/dialect-errors > aiml:',
  ),
  row('S118', '403 without credit', 'http/aiml > is 403 without credit, and nothing is drawn'),
  row('S119', 'what was expected and received', refused('')),
  row(
    'S120',
    'every status',
    'conformance/dialect-errors > aiml:',
    'http/aiml > has its shape at GET /aiml/v1/nothing',
  ),
  row('S121', 'a slash at the end, and no /v1', 'http/aiml > may be sent to'),
  row('S122', 'the client’s own request id', 'http/aiml > is repeated if it is valid'),
  row(
    'S123',
    'headers of costs, for scripts too',
    'http/aiml > costs what the answer and its headers say',
    'http/cors > may read errors and answers, with their headers',
  ),
  row(
    'S124',
    'the fields of other models',
    'dialects/aiml > means the same here and at the main path',
    'conformance/aiml-upstream > gets what was meant',
  ),
  row(
    'S125',
    'edits by form',
    'http/aiml > may be files at /images/edits, with a mask',
    'conformance/dialect-clients > edits files at AI/ML API',
  ),
  row(
    'S126',
    'models with prices, not sent twice',
    'http/aiml-models > tells of all models that make images',
    'http/aiml-models > is not sent again to who has it',
  ),
  later('S127', 'AI/ML API’s form of the balance', 'an optional second name for /v1/balance'),
  row(
    'S128',
    'kontext-pro as kontext-max',
    'http/aiml-values > is taken: 4',
    'http/aiml-values > is taken: 21:9',
  ),
]
