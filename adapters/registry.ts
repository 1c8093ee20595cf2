// Which adapters are shipped? The catalogue; a new one is a folder and a line here.
import { join } from 'node:path'
import type { Adapter } from '../gateway/adapter.ts'
import type { Shipped } from './conformance.ts'
import { adapter as echo } from './echo/adapter.ts'
import { adapter as fiod } from './fiod/adapter.ts'
import { adapter as inlichtingenbureau } from './inlichtingenbureau/adapter.ts'
import { adapter as ksz } from './ksz/adapter.ts'
import { adapter as svb } from './svb/adapter.ts'
import { adapter as uwv } from './uwv/adapter.ts'

const casesOf = (name: string) => join(import.meta.dirname, name, 'cases')

/** With what the conformance suite needs; simulators are loaded only when asked for. */
export const shipped: readonly Shipped[] = [
  {
    adapter: echo,
    cases: casesOf('echo'),
    simulator: async () => ({
      ...(await import('./echo/simulator.ts')),
      ...(await import('./echo/behaviours.ts')),
    }),
  },
  { adapter: fiod, checks: async options => (await import('./fiod/checks.ts')).checks(options) },
  {
    adapter: inlichtingenbureau,
    checks: async options => (await import('./inlichtingenbureau/checks.ts')).checks(options),
  },
  {
    adapter: ksz,
    cases: casesOf('ksz'),
    simulator: async () => ({
      ...(await import('./ksz/simulator.ts')),
      ...(await import('./ksz/behaviours.ts')),
    }),
  },
  {
    adapter: svb,
    cases: casesOf('svb'),
    simulator: async () => ({
      ...(await import('./svb/simulator.ts')),
      ...(await import('./svb/behaviours.ts')),
    }),
  },
  {
    adapter: uwv,
    cases: casesOf('uwv'),
    simulator: async () => ({
      ...(await import('./uwv/simulator.ts')),
      ...(await import('./uwv/behaviours.ts')),
    }),
  },
  {
    adapter: uwv,
    gegevensset: 'uwv-uitkeringen',
    cases: join(import.meta.dirname, 'uwv', 'cases-benefits'),
    simulator: async () => ({
      ...(await import('./uwv/simulator.ts')),
      ...(await import('./uwv/behaviours-benefits.ts')),
      known: '999992168',
    }),
  },
]

/** For the gateway: adapters by name. */
export const catalogue: ReadonlyMap<string, Adapter> = new Map(
  shipped.map(({ adapter }) => [adapter.name, adapter]),
)
