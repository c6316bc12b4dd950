import { orderOf, type UpstreamKind } from '../order.ts'
import type { Played } from './play.ts'

/** What many schedules came to. */
export interface Figures {
  schedules: number
  kills: number
  resets: number
  jobs: number
  images: number
  lostImages: number
  doubleCharges: number
  /** Upstream calls on the bill beyond those that were needed, by kind of upstream. */
  extraCalls: Record<UpstreamKind, number>
  /** Those of them that came after a handle was stored. */
  extraCallsAtHandle: number
  /** Events told to a destination, by how that ended. */
  delivered: number
  dead: number
  /** Tries of them beyond the first that arrived. */
  repeats: number
  /** Inputs left for the bucket's lifecycle rule, and requests with one that broke off: those may leave some. */
  strayInputs: number
  brokenOff: number
  violations: number
}

export const noFigures = (): Figures => ({
  schedules: 0,
  kills: 0,
  resets: 0,
  jobs: 0,
  images: 0,
  lostImages: 0,
  doubleCharges: 0,
  extraCalls: { base64: 0, url: 0, stream: 0, handle: 0, embedded: 0 },
  extraCallsAtHandle: 0,
  delivered: 0,
  dead: 0,
  repeats: 0,
  strayInputs: 0,
  brokenOff: 0,
  violations: 0,
})

export function addTo(
  sums: Figures,
  { kills, resets, wishes, seen, strayInputs, brokenOff, violations }: Played,
): void {
  sums.schedules += 1
  sums.kills += kills
  sums.resets += resets
  sums.violations += violations.length
  sums.strayInputs += strayInputs
  sums.brokenOff += brokenOff
  for (const { jobs, charges, paid, destinations = [] } of seen) {
    for (const { listed, received } of destinations) {
      sums.delivered += listed.filter(({ status }) => status === 'delivered').length
      sums.dead += listed.filter(({ status }) => status === 'dead').length
      sums.repeats += received.length - new Set(received.map(({ id }) => id)).size
    }
    sums.jobs += jobs.length
    for (const { status, data, links } of jobs) {
      if (status !== 'succeeded') continue
      sums.images += data.length
      sums.lostImages += data.filter(({ sha256 }, n) => links[n]?.sha256 !== sha256).length
    }
    for (const { order } of wishes) {
      if (!paid.has(order.name)) continue
      const own = jobs.filter((job) => orderOf(job) === order.name)
      const charged = charges.filter(({ job }) => own.some(({ id }) => id === job))
      sums.doubleCharges += Math.max(0, charged.length - 1)
      sums.extraCalls[order.kind] += Math.max(0, paid.get(order.name)! - order.parts)
      sums.extraCallsAtHandle += own.filter(
        ({ attempts }) =>
          order.parts === 1 && attempts.slice(0, -1).some((it) => it.upstream_job_id !== null),
      ).length
    }
  }
}

/** In words, for people and for the README. */
export function tellFigures(sums: Figures, minutes: number): string {
  const { extraCalls, extraCallsAtHandle, ...rest } = sums
  const extra = Object.entries(extraCalls).map(([kind, calls]) => `${kind} ${calls}`)
  return [
    `schedules ${rest.schedules} in ${minutes.toFixed(1)} min`,
    `kills of the process ${rest.kills}, resets of objects ${rest.resets}`,
    `jobs ${rest.jobs}, images ${rest.images}`,
    `lost images ${rest.lostImages}, double charges ${rest.doubleCharges}`,
    `extra paid calls: ${extra.join(', ')}; of these after a handle was stored ${extraCallsAtHandle}`,
    `webhooks delivered ${rest.delivered}, dead ${rest.dead}, sent again ${rest.repeats}`,
    `inputs left for the lifecycle rule ${rest.strayInputs}, by ${rest.brokenOff} requests that broke off`,
    `violations ${rest.violations}`,
  ].join('\n')
}
