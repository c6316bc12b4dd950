import manifest from '../../../package.json' with { type: 'json' }
import { PARAMETERS } from './parameters.ts'
import { paths } from './paths.ts'
import { schemas } from './schemas.ts'

const SECURITY = {
  key: {
    type: 'http',
    scheme: 'bearer',
    description: 'A key of a tenant. The roles that a route requires are scopes of the key.',
  },
  admin: { type: 'http', scheme: 'bearer', description: '`ADMIN_KEY` of the operator' },
  link: {
    type: 'apiKey',
    in: 'query',
    name: 's',
    description: 'The signature of a link. Links are made by the gateway and used as they are.',
  },
}

/** The HTTP surface of the gateway: https://spec.openapis.org/oas/v3.1.1.html */
export const openapi = () => ({
  openapi: '3.1.1',
  info: {
    title: 'Darkroom',
    version: manifest.version,
    summary: manifest.description,
    license: { name: manifest.license, identifier: manifest.license },
  },
  servers: [{ url: '/' }],
  paths: paths(),
  components: { securitySchemes: SECURITY, parameters: PARAMETERS, schemas: schemas() },
})
