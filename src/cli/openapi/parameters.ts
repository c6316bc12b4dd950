const text = { type: 'string' }
const number = { type: 'integer', minimum: 0 }
const oneOf = (...values: string[]) => ({ type: 'string', enum: values })

interface Parameter {
  name: string
  in: 'query' | 'header'
  description: string
  schema: object
  required?: boolean
}

const query = (name: string, description: string, schema: object = text): Parameter => ({
  name,
  in: 'query',
  description,
  schema,
})
const header = (name: string, description: string): Parameter => ({
  name,
  in: 'header',
  description,
  schema: text,
})

const STATUSES = ['queued', 'running', 'succeeded', 'failed', 'cancelled', 'expired']
const OXEN_STATUSES = ['queued', 'processing', 'succeeded', 'failed', 'cancelled']

/** By their names in the document. */
export const PARAMETERS = {
  Prefer: header('prefer', '`respond-async` or `wait=N` (RFC 7240)'),
  IdempotencyKey: header('idempotency-key', 'Equal requests with it are one job'),
  LastEventId: header('last-event-id', 'Go on behind this event'),
  Expiry: { ...query('e', 'When the link ends, unix seconds', number), required: true },
  KeyName: { ...query('k', 'Name of the key that signed'), required: true },
  Wait: query('wait', 'Longest wait, seconds', { type: 'number', minimum: 0 }),
  Download: query('download', 'If it is there, browsers save the image'),
  Limit: query('limit', 'Most lines of one page: up to 100, of usage 1000', {
    type: 'integer',
    minimum: 1,
  }),
  After: query('after', 'The `last_id` of the page before'),
  AfterEvent: query('after', 'Go on behind this event'),
  Status: query('status', 'Jobs that stand so', oneOf(...STATUSES)),
  JobModel: query('model', 'Jobs of this model'),
  Stream: query('stream', 'Its events instead', oneOf('true', 'false')),
  StartingAfter: query('starting_after', 'Go on behind this `sequence_number`', {
    type: 'integer',
    minimum: -1,
  }),
  Order: query('order', 'Newest first unless `asc`', oneOf('asc', 'desc')),
  From: query('from', 'First day (UTC) such as 2026-11-30, or unix seconds'),
  To: query('to', 'Last day'),
  GroupBy: query('group_by', 'List of day, key, model, tag, tag:<name>'),
  Format: query('format', 'As JSON or as a file', oneOf('json', 'csv')),
  OxenStatus: query('status', 'Generations that stand so', oneOf(...OXEN_STATUSES)),
  MediaType: query('media_type', 'Only `image` is made here'),
  Namespace: query('namespace', 'Generations for it'),
  Repo: query('repo', 'Generations for it'),
  Folder: query('folder', 'Generations for it'),
  DeveloperName: query('developer_name', 'Models of this developer'),
  Action: query('action', 'Models that can do it', oneOf('generate', 'edit')),
  Search: { ...query('search', 'A part of the name'), required: true },
  OutputModalities: query('output_modalities', 'Models that make these'),
  Ids: query('id', 'Models of these names'),
  Include: query('include', 'Sections to show'),
  Details: query('details', '`true` shows all sections', oneOf('true', 'false')),
} satisfies Record<string, Parameter>
