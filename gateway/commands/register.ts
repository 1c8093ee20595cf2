// What does a controller, or the operator, put in its own register of processing (AVG art. 30)? Also what is not public.
import { readPolicyDir, readProfile } from '../config.ts'
import {
  type Contribution,
  type Controller,
  ownContribution,
  ownProcessorRecord,
  type Processing,
  type ProcessorRecord,
} from '../listen/processing.ts'
import { alone, representative, transferText } from '../listen/processing-page.ts'
import { categoryNames, duration, ground, payload, standings } from '../listen/register-words.ts'
import { loadPolicies } from '../policy/load.ts'
import {
  type Command,
  type ExitCode,
  type Io,
  readArguments,
  readMoment,
  UsageError,
} from './command.ts'

export const commands: readonly Command[] = [
  {
    name: 'register',
    usage: '--partij <oin> | --verwerker <oin> [--at <moment>] [--json]',
    run,
  },
]

async function run(args: readonly string[], io: Io): Promise<ExitCode> {
  const { values } = readArguments(args, {
    partij: { type: 'string' },
    verwerker: { type: 'string' },
    at: { type: 'string' },
  })
  const oin = values.partij ?? values.verwerker
  if (oin === undefined || (values.partij !== undefined && values.verwerker !== undefined)) {
    throw new UsageError(
      'noem met --partij van wie het register is, of met --verwerker wie beheert',
    )
  }
  const now = values.at === undefined ? io.clock() : readMoment('at', values.at)
  const law = await loadPolicies(readPolicyDir(io.env), readProfile(io.env))
  if (!law.partijen.has(oin)) {
    io.err('dit OIN is van geen partij in dit beleid\n')
    return 1
  }
  const runs = [...law.partijen.values()].find(({ soort }) => soort === 'beheerder')?.oin
  const operator = values.verwerker ?? runs ?? ''
  const view = { law, now, connected: () => false, operator }
  const told = values.partij === undefined ? ownProcessorRecord(view) : ownContribution(oin, view)
  if (!told) return 1
  const lines = 'verwerker' in told ? processorLines(told) : contributionLines(told)
  io.out(values.json ? `${JSON.stringify(told)}\n` : `${lines.join('\n')}\n`)
  return 0
}

function contributionLines(content: Contribution): string[] {
  const { verantwoordelijke, gezamenlijk, verwerkingen, peildatum, beveiliging } = content
  return [
    `Bijdrage aan het register van verwerkingen (AVG artikel 30, eerste lid), stand op ${peildatum}`,
    ...controllerLines(verantwoordelijke),
    `Gezamenlijk verantwoordelijk: ${gezamenlijk.map(({ naam }) => naam).join('; ') || alone}`,
    ...verwerkingen.flatMap(one => ['', ...processingLines(one)]),
    '',
    ...security(beveiliging),
  ]
}

function processorLines(content: ProcessorRecord): string[] {
  const { verwerker, verantwoordelijken, doorgifte, beveiliging, peildatum } = content
  return [
    `Register van de verwerker (AVG artikel 30, tweede lid), stand op ${peildatum}`,
    ...controllerLines(verwerker),
    `Doorgifte: ${transferText(doorgifte)}`,
    ...verantwoordelijken.flatMap(one => [
      '',
      ...controllerLines(one),
      ...one.soorten.map(({ soort, uitwisselingen }) => `- ${soort}: ${uitwisselingen.join(', ')}`),
    ]),
    '',
    ...security(beveiliging),
  ]
}

function controllerLines(one: Controller): string[] {
  const { naam, soort, oin, contact } = one
  return [
    `${naam} (${soort}), OIN ${oin}`,
    contact
      ? `Contact: ${contact.verantwoordelijke}; FG: ${contact.fg}`
      : 'Contact en FG: niet vastgelegd',
    `Vertegenwoordiger: ${representative(one)}`,
  ]
}

function processingLines(one: Processing): string[] {
  const gives = one.rol === 'verstrekker'
  const laws = one.grondslagen.map(
    ({ regeling, artikel, stand }) => `${regeling}, artikel ${artikel} (${standings[stand]})`,
  )
  return [
    `${one.titel} (${one.uitwisseling}): ${gives ? 'geeft gegevens' : 'krijgt gegevens'}${one.vertrouwelijk ? ', vertrouwelijk' : ''}${one.open ? '' : ', nu gesloten'}`,
    `  Doel: ${one.doel}`,
    `  Grond: ${ground(one.avg)}; ${laws.length > 0 ? laws.join('; ') : 'geen wet'}`,
    `  Verwerkingsactiviteit: ${one.verwerkingsactiviteit}`,
    `  Betrokkenen: ${one.betrokkenen}`,
    ...one.gegevens.map(
      ({ categorie, velden }) => `  ${categoryNames[categorie]}: ${velden.join('; ')}`,
    ),
    ...(one.herkomst === undefined ? [] : [`  Herkomst: ${one.herkomst}`]),
    `  Ontvangers: ${one.ontvangers.length > 0 ? one.ontvangers.join('; ') : 'geen'}`,
    `  Doorgifte: ${transferText(one.doorgifte)}`,
    `  Bewaren: ${gives ? `de gegevens ${payload(one.bewaren.gegevens)}` : one.bewaren.gegevens}`,
    `  Logboek: ${duration(one.bewaren.log)} (${one.bewaren.logGrond})`,
  ]
}

function security(measures: readonly string[]): string[] {
  return ['Beveiliging:', ...measures.map(one => `- ${one}`)]
}
