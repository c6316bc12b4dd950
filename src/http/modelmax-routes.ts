import { modelmaxImages as dialect } from '../dialects/modelmax-images.ts'
import { answerJson } from './answer.ts'
import { balanceOf } from './balance.ts'
import type { Handler, Route } from './context.ts'
import { submit } from './generations.ts'
import { DATA_URLS, route } from './route.ts'

/** `GET /modelmax/v1/config`: USD; null without a limit. */
const readConfig: Handler = async (c) =>
  answerJson(c, { balance: (await balanceOf(c)).balance_usd })

export const MODELMAX_ROUTES: readonly Route[] = [
  route('POST', '/modelmax/v1/images/generations', 'images:create', submit, {
    body: DATA_URLS,
    dialect,
  }),
  route('GET', '/modelmax/v1/config', 'usage:read', readConfig, { dialect }),
]
