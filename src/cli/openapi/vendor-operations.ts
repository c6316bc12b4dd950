import { ASKED, events, images, ok, op, tagged } from './operation.ts'
import type { Operations } from './operation.ts'

const oxenImages = (id: string, summary: string) =>
  op(id, summary, images('OxenImages'), { body: 'OxenRequest', parameters: ASKED })

const OXEN: Operations = {
  'POST /api/ai/images/generate': oxenImages('oxenGenerate', 'Make images as Oxen.ai does'),
  'POST /api/ai/images/edit': oxenImages('oxenEdit', 'Make images from images as Oxen.ai does'),
  'POST /api/ai/images/generations': oxenImages(
    'oxenGenerations',
    'As `generate`, for OpenAI clients whose base URL is `/api/ai`',
  ),
  'POST /api/ai/queue': op(
    'oxenEnqueue',
    'Queue up to four generations, all or none',
    ok('OxenQueued', 'Plan'),
    { body: 'OxenQueueRequest', parameters: ['IdempotencyKey'] },
  ),
  'GET /api/ai/queue': op('oxenListQueue', 'The newest generations', ok('OxenGenerations'), {
    parameters: ['OxenStatus', 'JobModel', 'MediaType', 'Namespace', 'Repo', 'Folder'],
  }),
  'GET /api/ai/queue/:id': op('oxenReadGeneration', 'One generation', ok('OxenGeneration')),
  'DELETE /api/ai/queue/:id': op('oxenCancel', 'Cancel a generation', ok('OxenCancelled')),
  'GET /api/events': op('oxenEvents', 'The ends of generations from now on', events),
  'GET /api/ai/models': op('oxenListModels', 'All models as Oxen.ai shows them', ok('Models'), {
    parameters: ['DeveloperName', 'Action'],
  }),
  'GET /api/ai/models/search': op(
    'oxenSearchModels',
    'Models by a part of the name',
    ok('Models'),
    {
      parameters: ['Search'],
    },
  ),
  'GET /api/ai/models/:id{.+}': op('oxenReadModel', 'One model as Oxen.ai shows it', ok('Model')),
}

const MODELMAX: Operations = {
  'POST /modelmax/v1/images/generations': op(
    'modelmaxCreateImage',
    'Make images as ModelMax does',
    images('ModelmaxImages'),
    { body: 'ModelmaxRequest', parameters: ASKED },
  ),
  'GET /modelmax/v1/config': op(
    'modelmaxReadConfig',
    'The balance as ModelMax tells it',
    ok('ModelmaxConfig'),
  ),
}

/** The same at both base URLs of AI/ML API. */
const aiml = (base: string, end: string): Operations => ({
  [`POST ${base}/images/generations`]: op(
    `aimlCreateImage${end}`,
    'Make images as AI/ML API does',
    images('AimlImages'),
    { body: 'AimlRequest', parameters: ASKED },
  ),
  [`POST ${base}/images/edits`]: op(
    `aimlEditImage${end}`,
    'Make images from images as AI/ML API does',
    images('AimlImages'),
    { body: 'AimlRequest', form: 'AimlForm', parameters: ASKED },
  ),
  [`GET ${base}/models`]: op(
    `aimlListModels${end}`,
    'All models as AI/ML API shows them',
    tagged('AimlModels'),
    { parameters: ['OutputModalities', 'Ids', 'Include', 'Details'] },
  ),
  [`GET ${base}/models/:id{.+}`]: op(
    `aimlReadModel${end}`,
    'One model as AI/ML API shows it',
    ok('AimlModel'),
  ),
})

/** The APIs that have paths of their own. */
export const VENDOR_OPERATIONS: Operations = {
  ...OXEN,
  ...MODELMAX,
  ...aiml('/aiml/v1', ''),
  ...aiml('/aiml', 'WithoutVersion'),
}
