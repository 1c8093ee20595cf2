import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type ExitCode, UsageError } from '../../gateway/commands/command.ts'
import { commands } from '../../gateway/commands/register.ts'

const toeslagen = '00000099000000007000'
const fiod = '00000099000000008000'
const operator = '00000099000000010000'
const referral = 'aanmelding-toeslagendelict-fiod'

async function register(
  ...args: string[]
): Promise<{ readonly exit: ExitCode; readonly out: string; readonly err: string }> {
  const [command] = commands
  assert.ok(command)
  const told = { out: '', err: '' }
  const exit = await command.run(args, {
    env: {},
    out: text => {
      told.out += text
    },
    err: text => {
      told.err += text
    },
    stdin: async () => Buffer.alloc(0),
    clock: () => Date.parse('2026-11-22T11:00:00Z'),
  })
  return { exit, ...told }
}

test('sluis register asks for one party, by an OIN that the law knows, and repeats no other', async () => {
  for (const args of [[], ['--partij', fiod, '--verwerker', operator]]) {
    await assert.rejects(register(...args), UsageError)
  }
  const { exit, out, err } = await register('--partij', '999990019')
  assert.deepEqual([exit, out], [1, ''])
  assert.match(err, /van geen partij/)
  assert.doesNotMatch(err, /999990019/)
})

interface Told {
  readonly verantwoordelijke: { readonly oin: string; readonly contact: { readonly fg: string } }
  readonly verwerkingen: readonly {
    readonly uitwisseling: string
    readonly rol: string
    readonly open: boolean
    readonly vertrouwelijk?: true
  }[]
}

async function contribution(oin: string, ...args: string[]): Promise<Told> {
  const { exit, out } = await register('--partij', oin, '--json', ...args)
  assert.equal(exit, 0)
  return JSON.parse(out)
}

test('a controller gets its whole contribution, with what is confidential marked as such', async () => {
  const { verantwoordelijke, verwerkingen } = await contribution(toeslagen)
  assert.equal(verantwoordelijke.oin, toeslagen)
  assert.match(verantwoordelijke.contact.fg, /^fg@/)
  assert.deepEqual(
    verwerkingen.filter(one => one.vertrouwelijk).map(one => [one.uitwisseling, one.rol]),
    [[referral, 'verstrekker']],
  )
  assert.ok(verwerkingen.length > 1)
})

test('who takes no part in what is confidential gets nothing of it, and the standing of the day that it asks', async () => {
  const { verwerkingen } = await contribution('00000099000000022000', '--at', '2027-01-01')
  assert.ok(verwerkingen.every(one => one.vertrouwelijk === undefined))
  assert.equal(verwerkingen.find(one => one.uitwisseling === 'toelating-uitlener')?.open, true)
})

test('in words it says the same', async () => {
  const { exit, out } = await register('--partij', fiod)
  assert.equal(exit, 0)
  for (const part of [
    'Bijdrage aan het register van verwerkingen (AVG artikel 30, eerste lid), stand op 2026-11-22',
    'Contact: privacy@fiod.example; FG: fg@fiod.example',
    `(${referral}): krijgt gegevens, vertrouwelijk`,
    'Betrokkenen: mensen die een toeslag krijgen en van wie opzet wordt vermoed',
    'Strafrechtelijke gegevens (AVG, artikel 10): ',
    'Herkomst: Dienst Toeslagen',
    'Ontvangers: Beheerder van Sluis (verwerker)',
    'Gezamenlijk verantwoordelijk: niemand',
    'Vertegenwoordiger: niet nodig',
    'Logboek: 7 jaar (',
  ]) {
    assert.ok(out.includes(part), part)
  }
})

test('the processor gets its whole register, with whom it works for in confidence', async () => {
  const { exit, out } = await register('--verwerker', operator, '--json')
  assert.equal(exit, 0)
  const { verwerker, verantwoordelijken, subverwerkers } = JSON.parse(out)
  assert.deepEqual([verwerker.oin, subverwerkers], [operator, []])
  const named = verantwoordelijken.map((one: { oin: string }) => one.oin)
  assert.ok(named.includes(fiod) && named.includes(toeslagen))
})
