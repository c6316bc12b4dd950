import * as z from 'zod/mini'
import { AimlBody } from '../../dialects/aiml-images.ts'
import { Gateway } from '../../dialects/gateway-options.ts'
import { Reference } from '../../dialects/image-reference.ts'
import { ModelmaxBody } from '../../dialects/modelmax-images.ts'
import { EditBody } from '../../dialects/openai-edits-body.ts'
import { Body as ImageBody } from '../../dialects/openai-images-body.ts'
import { OwnFields, SIZE_FIELDS } from '../../dialects/oxen-body.ts'
import { OXEN_FIELDS } from '../../dialects/oxen-names.ts'
import { requiredModel } from '../../dialects/plain-images.ts'
import { Body as ResponseBody } from '../../dialects/responses-body.ts'
import * as admin from '../../http/admin-body.ts'
import * as key from '../../http/key-body.ts'
import * as webhook from '../../http/webhook-body.ts'

const { shape: images } = ImageBody

const words = z.nullish(z.string())
const isField = (name: string): name is keyof typeof images => name in images
const fieldOf = (theirs: string) => (isField(theirs) ? images[theirs] : words)

/** Fields under Oxen's names are checked as the fields of OpenAI's that they become. */
const OxenBody = z.looseObject({
  ...Object.fromEntries(
    [...OXEN_FIELDS].map(([name, theirs]) => [
      name,
      SIZE_FIELDS.includes(name) ? words : fieldOf(theirs),
    ]),
  ),
  ...OwnFields.shape,
  model: requiredModel,
  prompt: images.prompt,
  output_format: z.nullish(z.enum(['png', 'jpeg', 'jpg', 'webp', 'gif'])),
})

const OxenQueueBody = z.looseObject({
  ...OxenBody.shape,
  // What is wrong with it, or missing, is told by the generation.
  prompt: z.optional(z.nullable(z.string())),
  num_generations: z.nullish(z.int().check(z.minimum(1), z.maximum(4))),
})

const files = {
  image: z.nullish(z.union([z.file(), z.array(z.file())])),
  mask: z.nullish(z.file()),
}

/** Bodies by their names in the document: the schemas that parse them. */
export const REQUESTS = {
  ImageReference: Reference,
  GatewayOptions: Gateway,
  ImageRequest: ImageBody,
  ImageEditRequest: EditBody,
  ImageEditForm: z.looseObject({ ...EditBody.shape, ...files }),
  ResponseRequest: ResponseBody,
  ModelmaxRequest: ModelmaxBody,
  AimlRequest: AimlBody,
  AimlForm: z.looseObject({ ...AimlBody.shape, ...files }),
  OxenRequest: OxenBody,
  OxenQueueRequest: OxenQueueBody,
  ChildKeyRequest: key.ChildKeyBody,
  KeyRotation: key.RotateBody,
  WebhookEndpointRequest: webhook.NewEndpointBody,
  WebhookEndpointChange: webhook.EndpointChangeBody,
  SecretRotation: webhook.RotateBody,
  WebhookTestRequest: webhook.TestBody,
  TenantRequest: admin.NewTenantBody,
  TenantChange: admin.ChangeTenantBody,
  KeyRequest: admin.NewKeyBody,
  KeyChange: admin.ChangeKeyBody,
  CreditRequest: admin.CreditBody,
}
