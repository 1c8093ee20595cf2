// What reaches a decision when nobody means well? A question sent through a request of odd words, at an odd moment.

import type { PolicySet } from '../../gateway/policy/law.ts'
import { question } from '../../gateway/policy/question.ts'
import type { Moment, Question, RequestBody } from '../../gateway/terms.ts'
import type { Dice } from '../../soak/random.ts'
import { type Drawn, startOf } from './drawn.ts'

/** Stands where a word stands; a decision must never see it. */
const bsn = '999990019'

const odd = [
  ...['__proto__', 'constructor', 'prototype', 'toString', 'hasOwnProperty', 'valueOf', '0', ''],
  ...[
    'ｌｏｏｎＳｖ',
    'loonSv\u0000',
    'loon\u200bSv',
    '\u202eloonSv',
    'é',
    '\ud800',
    '💶',
    ' ',
    '\n',
  ],
  ...['*', '/velden/0', 'velden.*', '$..loonSv', 'a'.repeat(64), 'A'.repeat(4_000)],
  ...[bsn, `zaak-${bsn}`, '9 9 9 9 9 0 0 1 9', 'undefined', 'null', 'NaN', 'true'],
]

const dates = [
  ...['0000-01-01', '0000-02-29', '0001-01-01', '0099-12-31', '1582-10-10', '1900-02-29'],
  ...['1937-07-01', '1970-01-01', '2000-02-29', '2028-02-29', '2100-02-29', '9999-12-31'],
  ...['2026-03-29', '2026-10-25', '2026-1-1', '+010000-01-01', '٢٠٢٦-٠١-٠١', 'gisteren'],
]

const nights = ['2026-03-29', '2026-10-25', '2027-03-28', '2028-02-29', '2028-03-01', '2032-02-29']

/** Nights in which the clock changes, leap days, and years that nobody asked for. */
function oddMoment(dice: Dice): Moment {
  const hours = dice.pick([0, 1, 2, 3, 4, 23, 24, 25])
  const night = startOf(dice.pick(nights)) + hours * 3_600_000 + dice.pick([-1, 0, 1])
  const far = Date.UTC(dice.pick([1970, 1985, 1999, 2000, 2100, 2400, 9_000]), dice.below(12), 1)
  return dice.pick([night, night, far, far + dice.below(86_400_000)])
}

/** The same question as a request would bring it, some of its words replaced; through `question`, as all are. */
export function distort({ question: asked, facts, now }: Drawn, law: PolicySet, dice: Dice): Drawn {
  const part = dice.pick([0, 0.02, 0.05, 0.3])
  const word = (text: string) => (dice.chance(part) ? dice.pick(odd) : text)
  const body = bodyOf(asked, word, text => (dice.chance(part * 2) ? dice.pick(dates) : text))
  const made = question(requestOf(asked, body, law, now), law)
  const at = dice.chance(0.3) ? oddMoment(dice) : now
  if (JSON.stringify(made).includes(bsn)) throw new Error('a number reached the question')
  return { question: made, facts, now: at }
}

type Word = (text: string) => string

function bodyOf(asked: Question, word: Word, date: Word): RequestBody {
  const { aanleiding, motivering, parameters, periode, peildatum, gegevens, sleutel } = asked
  const waarde = bsn
  const pairs = Object.entries(parameters ?? {}).map(([name, code]) => [word(name), word(code)])
  const handed = gegevens?.map(name => [word(name), bsn])
  return {
    velden: asked.velden.map(word),
    ...(sleutel === 'bsn' && { betrokkene: { soort: 'bsn', waarde } }),
    ...((sleutel === 'kvk' || sleutel === 'lrk') && { object: { soort: sleutel, waarde } }),
    ...(asked.buitenlands !== undefined && {
      buitenlands: { land: word(asked.buitenlands), soort: 'x', waarde },
    }),
    ...(periode && { periode: { van: date(periode.van), totEnMet: date(periode.totEnMet) } }),
    ...(peildatum !== undefined && { peildatum: date(peildatum) }),
    ...(parameters && { parameters: ownOf(pairs) }),
    ...(asked.zaak && { zaak: bsn }),
    ...(asked.functie !== undefined && { medewerker: { id: bsn, functie: word(asked.functie) } }),
    ...(asked.systeemproces && { systeemproces: bsn }),
    ...(asked.namens !== undefined && { namens: asked.namens }),
    ...(motivering && {
      motivering: {
        noodzaak: word(motivering.noodzaak),
        lichterMiddel: word(motivering.lichterMiddel),
        toelichting: bsn,
      },
    }),
    ...(aanleiding && {
      aanleiding: {
        soort: word(aanleiding.soort),
        betrouwbaarheid: word(aanleiding.betrouwbaarheid),
      },
    }),
    ...(asked.fase !== undefined && { fase: word(asked.fase) }),
    ...(asked.selectiegrond !== undefined && { selectiegrond: word(asked.selectiegrond) }),
    ...(asked.selectieInstrument !== undefined && {
      selectieInstrument: word(asked.selectieInstrument),
    }),
    ...(handed && { gegevens: ownOf(handed) }),
    ...(asked.indiener !== undefined && { ontvanger: asked.ontvanger }),
  }
}

/** As JSON.parse makes it: also `__proto__` is a member of its own. */
function ownOf(pairs: readonly (readonly string[])[]): Record<string, string> {
  return Object.fromEntries(pairs.map(([name = '', value = '']) => [name, value]))
}

function requestOf(asked: Question, body: RequestBody, law: PolicySet, tijd: Moment) {
  const oin = asked.indiener ?? asked.ontvanger
  const party = law.partijen.get(oin) ?? {
    ...{ oin, naam: 'niemand', soort: 'college', vertrouwelijk: false, vertegenwoordigt: [] },
    status: 'beeindigd' as const,
  }
  const transactie = '01990000-0000-7000-8000-000000000001'
  const { asynchroon, handtekening, levering, stap } = asked
  return {
    ...{ transactie, tijd, peer: { party }, uitwisseling: asked.uitwisseling, body },
    trace: { traceId: 'a'.repeat(32), spanId: 'b'.repeat(16) },
    ...(asynchroon && { verzoek: transactie }),
    ...(handtekening && { handtekening }),
    ...(levering && { levering: { levering: transactie, regel: 1 } }),
    ...(stap && { stap }),
  }
}
