import { describe, it } from 'node:test'
import { conformance } from '../../adapters/conformance.ts'
import { shipped } from '../../adapters/registry.ts'
import { clock, openClient, server, sourceOin } from './bench.ts'

for (const each of shipped) {
  const { adapter } = each
  const checks = await conformance(each, {
    ...server(adapter.name),
    oin: sourceOin(adapter.name),
    openClient: () => openClient(),
    clock,
  })
  describe(`adapter ${adapter.name} keeps its contract${each.gegevensset ? ` for ${each.gegevensset}` : ''}`, () => {
    for (const check of checks) it(check.name, check.run)
  })
}
