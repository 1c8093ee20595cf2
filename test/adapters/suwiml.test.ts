import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { parse } from 'yaml'
import { writeEnvelope } from '../../adapters/uwv/envelope.ts'
import { toAnswer } from '../../adapters/uwv/mapping.ts'
import { type Group, readRequest, readResponse, writeResponse } from '../../adapters/uwv/message.ts'
import { deliveredPeriod, findClient } from '../../adapters/uwv/persons.ts'
import { readXml } from '../../adapters/uwv/xml.ts'
import { type SourceAnswer, SourceError } from '../../gateway/adapter.ts'
import { rowSchema } from '../../gateway/policy/row-schema.ts'
import { compileDataset } from '../../gateway/schema.ts'

const now = Date.parse('2026-11-22T12:00:00Z')
const bsn = '999990019'
const asked = {
  betrokkene: { soort: 'bsn', waarde: bsn },
  periode: { van: '2026-07-01', totEnMet: '2026-09-30' },
  peildatum: '2026-09-30',
} as const
const period = { DatBIkp: ['20240101'], CdSrtIkv: ['15'] }
const statement = { DatBIko: ['20260701'], DatEIko: ['20260731'] }
const relation = { Inkomstenperiode: [period], Inkomstenopgave: [statement] }
const withRelation = (change: Group): Group => ({
  ClientSuwi: [{ Burgerservicenr: [bsn], Inkomstenverhouding: [{ ...relation, ...change }] }],
})

const wrap = (content: string) =>
  `<u:R xmlns:u="urn:u" xmlns:fwi="http://bkwi.nl/SuwiML/FWI/v0205">${content}</u:R>`
const readContent = (content: string) => readResponse(readXml(Buffer.from(wrap(content))))
const written = (group: Group) => readContent(writeResponse(group))

function malformed(work: () => unknown): SourceError {
  try {
    work()
  } catch (error) {
    assert.ok(error instanceof SourceError)
    assert.equal(error.code, 'source-malformed')
    assert.doesNotMatch(`${error.message}${error.drift}`, /999990|20260|[0-9]{5}/)
    return error
  }
  assert.fail('accepted')
}

function rowsOf(answer: SourceAnswer) {
  return answer.resultaat === 'gegevens' ? answer.rijen : assert.fail(answer.resultaat)
}
const rows = (change: Group) => rowsOf(toAnswer(written(withRelation(change)), asked, now))

describe('the message tree is kept to the letter', () => {
  const smallest = `<ClientSuwi><Burgerservicenr>${bsn}</Burgerservicenr></ClientSuwi>`
  const body = (inside: string) =>
    `<ClientSuwi><Burgerservicenr>${bsn}</Burgerservicenr><Inkomstenverhouding>${inside}</Inkomstenverhouding></ClientSuwi>`
  const ikp = '<Inkomstenperiode><DatBIkp>20240101</DatBIkp></Inkomstenperiode>'
  const iko = '<Inkomstenopgave><DatBIko>20260701</DatBIko></Inkomstenopgave>'
  const unit = (inside: string) =>
    body(
      `<AdministratieveEenheid><Loonheffingennr>900000004L01</Loonheffingennr>${inside}</AdministratieveEenheid>${ikp}${iko}`,
    )
  const legal =
    '<RechtspersoonAdministratieveEenh><FiNr>900000004</FiNr></RechtspersoonAdministratieveEenh>'
  const notice = '<Code>FWI0001</Code><Tekst>t</Tekst><Bron><DN>CN=x</DN></Bron>'

  const fits: Readonly<Record<string, string>> = {
    'a known person without data': smallest,
    'one period and one statement': body(ikp + iko),
    'empty elements where text may be empty': body(
      `<AanduidingIkvWerkgever/>${ikp}<Inkomstenopgave><DatBIko>20260701</DatBIko><BedrBrutoloonSv/></Inkomstenopgave>`,
    ),
    'a payer that is a legal person': unit(legal),
    'a delivery without dates': `${smallest}<PeriodeGegevensleveringIko/>`,
    'a warning and an information in any order': `${smallest}<fwi:FWI><Informatie>${notice}</Informatie><Waarschuwing>${notice}</Waarschuwing></fwi:FWI>`,
    'white space between elements': `\n  ${smallest}\n`,
  }
  for (const [name, content] of Object.entries(fits)) {
    it(`${name} fits`, () => void readContent(content))
  }

  const misfits: Readonly<Record<string, string>> = {
    'an empty response': '',
    'two clients': smallest + smallest,
    'data and NietsGevonden': `${smallest}<fwi:NietsGevonden/>`,
    'NietsGevonden without its namespace': '<NietsGevonden/>',
    'an empty FWI': '<fwi:FWI/>',
    'a notice without its sender': '<fwi:FWI><Fout><Code>a</Code><Tekst>b</Tekst></Fout></fwi:FWI>',
    'a qualified notice': `<fwi:FWI><fwi:Fout>${notice}</fwi:Fout></fwi:FWI>`,
    'FWI before the data': `<fwi:FWI><Fout>${notice}</Fout></fwi:FWI>${smallest}`,
    'no statement': body(ikp),
    'no period': body(iko),
    'statement before period': body(iko + ikp),
    'a period between statements': body(ikp + iko + ikp),
    'a payer that is nobody': unit(''),
    'a payer that is two': unit(`<PersoonAdministratieveEenheid/>${legal}`),
    'an address of no kind': unit(`${legal}<FeitelijkAdresAeh/>`),
    'an address of two kinds': unit(
      `${legal}<FeitelijkAdresAeh><Straatadres/><Postbusadres/></FeitelijkAdresAeh>`,
    ),
    'loose text in a group': body(`geheim${ikp}${iko}`),
    'an element inside a value': smallest.replace(bsn, `<b>${bsn}</b>`),
    'an attribute': smallest.replace('<ClientSuwi>', '<ClientSuwi id="1">'),
    nil: smallest.replace(
      '<Burgerservicenr>',
      '<Burgerservicenr xmlns:i="http://www.w3.org/2001/XMLSchema-instance" i:nil="true">',
    ),
    'children in the namespace of the service': smallest.replace(
      '<ClientSuwi>',
      '<ClientSuwi xmlns="urn:u">',
    ),
  }
  for (const [name, content] of Object.entries(misfits)) {
    it(`${name} does not fit`, () => void malformed(() => readContent(content)))
  }

  it('every unknown name is reported at once, without its value', () => {
    const content = body(
      `<Geheim>999990019</Geheim>${ikp.replace('</Ink', '<x:CdSrtIkv xmlns:x="urn:x">15</x:CdSrtIkv></Ink')}${iko}`,
    )
    const error = malformed(() => readContent(content))
    assert.deepEqual(error.drift, ['Geheim', '{*}CdSrtIkv'])
  })

  const leaf = (field: string, value: string) => () =>
    written(
      withRelation(
        field.startsWith('Dat') || field.startsWith('Aant')
          ? { Inkomstenopgave: [{ ...statement, [field]: [value] }] }
          : { Inkomstenopgave: [{ ...statement, BedrBrutoloonSv: [{ [field]: [value] }] }] },
      ),
    )
  const values: Readonly<
    Record<string, readonly [good: readonly string[], bad: readonly string[]]>
  > = {
    DatEIko: [
      ['20240229', '19701100', '19770000', '00000000', '19770025', '00001231', '99991231'],
      ['20230229', '20231301', '00001200', '00000015', '2023-01-1', ' 20230101', '', '٢٠٢٣٠١٠١'],
    ],
    AantSvDagenIko: [
      ['0', ' 12 ', '+5', '999'],
      ['1000', '-1', '1.5', '', '١٢'],
    ],
    AantVerloondeUrenIko: [
      ['-40', '00160'],
      ['100000', '1,5', 'x'],
    ],
    WaardeBedr: [
      ['0', '000012', ' 12 ', '+5', '9007199254740991'],
      ['-5', '12.50', '', '9007199254740993', '1e3', '１２'],
    ],
    CdMunteenheid: [['EUR'], ['USD', 'eur', '', 'EURO']],
    CdPositiefNegatief: [
      ['+', '-'],
      ['', '±', '−', '1'],
    ],
    CdPeriodeEenheidGeldigheidBedr: [
      ['01', '10', '20'],
      ['00', '11', '1'],
    ],
  }
  for (const [field, [good, bad]] of Object.entries(values)) {
    it(`${field} holds ${good.join(' | ')} and nothing like ${bad.length} others`, () => {
      for (const value of good) leaf(field, value)()
      for (const value of bad) malformed(leaf(field, value))
    })
  }

  it('a request is read by the same rules', () => {
    const read = (content: string) => readRequest(readXml(Buffer.from(wrap(content))))
    assert.deepEqual(read(`<Burgerservicenr>${bsn}</Burgerservicenr>`), { Burgerservicenr: [bsn] })
    malformed(() => read('<Burgerservicenr>99999001</Burgerservicenr>'))
    malformed(() => read(`<Burgerservicenr>${bsn}</Burgerservicenr><Naam/>`))
  })

  it('a written envelope leaves the children without a namespace', () => {
    const addressing = { action: 'a', messageId: 'm', to: 't', from: 'f' }
    const root = readXml(Buffer.from(writeEnvelope(addressing, 'X', '<Burgerservicenr/>')))
    const payload = root.children[1]?.children[0]
    assert.match(payload?.space ?? '', /UWVDossierInkomstenGSD\/v0200$/)
    assert.equal(payload?.children[0]?.space, '')
  })
})

describe('the answer reads in the words of the dataset', () => {
  it('a statement takes its kind from the period that holds its first day', () => {
    const periods = [
      { DatBIkp: ['20240000'], DatEIkp: ['20260700'], CdSrtIkv: ['15'] },
      { DatBIkp: ['20260801'], DatEIkp: ['99991231'], CdSrtIkv: ['31'] },
    ]
    const statements = ['20260701', '20260801', '20230101'].map(day => ({ DatBIko: [day] }))
    const kinds = rows({ Inkomstenperiode: periods, Inkomstenopgave: statements })
    assert.deepEqual(
      kinds.map(row => row.soortInkomstenverhouding),
      ['15', '31', undefined],
    )
  })

  it('of two periods that hold the day the later begun one counts', () => {
    const periods = [
      { DatBIkp: ['20260101'], CdSrtIkv: ['31'] },
      { DatBIkp: ['20240101'], CdSrtIkv: ['15'] },
    ]
    assert.equal(rows({ Inkomstenperiode: periods })[0]?.soortInkomstenverhouding, '31')
  })

  it('a date with an unknown part or a sentinel is no date', () => {
    for (const value of ['20260700', '20260000', '00000000', '00001231', '66660101', '99991230']) {
      assert.ok(!('datumEinde' in (rows({ DatEIkv: [value] })[0] ?? {})), value)
    }
    assert.equal(rows({ DatEIkv: ['20260731'] })[0]?.datumEinde, '2026-07-31')
  })

  it('a statement whose days are not known is refused: its wage could be lost', () => {
    const statements = (begin: string, end: string) => ({
      Inkomstenopgave: [{ DatBIko: [begin], DatEIko: [end] }],
    })
    malformed(() => rows(statements('20260700', '20260731')))
    malformed(() => rows(statements('20260701', '20260700')))
    malformed(() => rows(statements('20260701', '20260630')))
    assert.deepEqual(rows(statements('20260701', '99991231'))[0]?.tijdvak, {
      van: '2026-07-01',
      tot: null,
    })
  })

  it('an amount has the sign beside it, an empty one is absent', () => {
    const amounts = (amount: Group) =>
      rows({ Inkomstenopgave: [{ ...statement, BedrBrutoloonSv: [amount] }] })[0]
    assert.equal(amounts({ WaardeBedr: ['40000'] })?.loonSv, 40_000)
    assert.equal(amounts({ CdPositiefNegatief: ['-'], WaardeBedr: ['40000'] })?.loonSv, -40_000)
    assert.ok(Object.is(amounts({ CdPositiefNegatief: ['-'], WaardeBedr: ['0'] })?.loonSv, 0))
    assert.ok(!('loonSv' in (amounts({}) ?? {})))
  })

  it('the person must be the asked one', () => {
    const other = { ClientSuwi: [{ Burgerservicenr: ['999990160'] }] }
    assert.match(malformed(() => toAnswer(other, asked, now)).message, /andere persoon/)
  })

  it('it is complete to the end of the month before last, never later than asked or delivered', () => {
    const complete = (van: string, totEnMet: string, delivered?: Group, at = now) =>
      toAnswer(
        {
          ClientSuwi: [{ Burgerservicenr: [bsn] }],
          ...(delivered && { PeriodeGegevensleveringIko: [delivered] }),
        },
        { ...asked, periode: { van, totEnMet } },
        at,
      ).herkomst.volledigTotEnMet
    assert.equal(complete('2026-07-01', '2026-11-30'), '2026-09-30')
    assert.equal(complete('2026-07-01', '2026-08-15'), '2026-08-15')
    assert.equal(complete('2026-07-01', '2026-09-30', { DatEPeriode: ['20260831'] }), '2026-08-31')
    assert.equal(complete('2026-07-01', '2026-11-30', { DatEPeriode: ['20261130'] }), '2026-09-30')
    assert.equal(complete('2026-07-01', '2026-09-30', { DatBPeriode: ['20260801'] }), '2026-06-30')
    assert.equal(
      complete('2025-07-01', '2026-12-31', undefined, Date.parse('2026-01-15T12:00Z')),
      '2025-11-30',
    )
    // 23:30 in London is the next month in Amsterdam.
    assert.equal(
      complete('2026-07-01', '2026-12-31', undefined, Date.parse('2026-10-31T23:30:00Z')),
      '2026-09-30',
    )
    assert.equal(
      complete('2026-07-01', '2026-12-31', undefined, Date.parse('2026-10-31T22:30:00Z')),
      '2026-08-31',
    )
  })
})

describe('the simulated UWV', () => {
  const dataset: unknown = parse(
    readFileSync(
      join(import.meta.dirname, '../../policies/gegevenssets/uwv-inkomstenverhoudingen.yaml'),
      'utf8',
    ),
  )
  const check = compileDataset(rowSchema(dataset as Parameters<typeof rowSchema>[0]))
  const people = ['999990019', '999993653', '999992168', '999993549', '999990020', '999990032']

  it('writes answers that fit the tree and the dataset, at any moment of the year', () => {
    for (let month = 0; month < 24; month += 1) {
      const at = Date.UTC(2026, month, 1, 0, 30)
      for (const person of people) {
        const span = { van: '20240101', totEnMet: '20281231' }
        const client = findClient(person, span, at)
        const delivered = deliveredPeriod(span, at)
        assert.ok(client && delivered)
        const group = { ClientSuwi: [client], PeriodeGegevensleveringIko: [delivered] }
        assert.deepEqual(written(group), group)
        const question = {
          betrokkene: { soort: 'bsn', waarde: person },
          periode: { van: '2024-01-01', totEnMet: '2028-12-31' },
          peildatum: '2028-12-31',
        } as const
        for (const row of rowsOf(toAnswer(written(group), question, at))) {
          assert.deepEqual(check(row), [])
        }
      }
    }
  })

  it('knows the wages of the demo, and not the current and the last month', () => {
    const wages = (person: string, van: string, totEnMet: string) => {
      const client = findClient(person, { van, totEnMet }, now)
      if (!client) return undefined
      const answer = toAnswer(
        { ClientSuwi: [client] },
        { ...asked, betrokkene: { soort: 'bsn', waarde: person } },
        now,
      )
      return rowsOf(answer).map(row => row.loonSv)
    }
    assert.deepEqual(wages('999990019', '20260801', '20261130'), [40_000, 40_000])
    assert.deepEqual(wages('999993653', '20260901', '20260930'), [180_000, 120_000])
    assert.deepEqual(
      wages('999992168', '20260101', '20261130'),
      [190_000, 190_000, 190_000, 190_000],
    )
    assert.deepEqual(wages('999993549', '20260101', '20261130'), [])
    assert.equal(wages('111222333', '20260101', '20261130'), undefined)
    assert.equal(wages('999990019', '20200101', '20261130')?.length, 19)
    assert.equal(wages('999993653', '20200101', '20261130')?.length, 46)
  })

  it('sends what nobody here may get, so that minimising has something to do', () => {
    const client = findClient(bsn, { van: '20260701', totEnMet: '20260930' }, now)
    assert.ok(client)
    const [row] = rowsOf(toAnswer({ ClientSuwi: [client] }, asked, now))
    for (const field of [
      'adressenInhoudingsplichtige',
      'loonheffingennummer',
      'fiNummer',
      'alimentatieInUitkering',
      'alimentatieRechtstreeks',
      'indicatieWajong',
      'indicatieAowAlleenstaande',
    ]) {
      assert.ok(row && field in row, field)
    }
  })
})
