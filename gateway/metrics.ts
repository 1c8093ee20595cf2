// What does an operator measure? Counters with a bounded number of labels and no personal data.
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'

/** Nothing of the confidential log is counted here (design §5). */
export interface Metrics {
  /** One answered call: exchange id (known ones only), and how it ended. */
  readonly answered: (exchange: string, outcome: string, seconds: number) => void
  /** A TLS handshake that failed, by OpenSSL's or Node's code. */
  readonly handshake: (code: string) => void
  /** Something an operator must look at; drift, stale CRL, a log that stopped. */
  readonly alarm: (name: string) => void
  /** The scopes under the emergency brake that everybody may know of. */
  readonly brake: (bereik: readonly string[]) => void
  readonly ready: (name: string, ok: boolean) => void
  /** What this process is and decides by; the last value only. */
  readonly instance: (labels: Readonly<Record<string, string>>) => void
  /** Requests that wait in the queue or are under way, per partner: parties of the law, so few. */
  readonly queued: (counts: ReadonlyMap<string, number>) => void
  /** Messages that wait for their receivers, per kind. */
  readonly messages: (counts: ReadonlyMap<string, number>) => void
  readonly text: () => Promise<string>
  readonly contentType: string
}

export function openMetrics(): Metrics {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry, prefix: 'sluis_' })
  const registers = [registry]
  const calls = new Counter({
    name: 'sluis_antwoorden_total',
    help: 'Beantwoorde verzoeken per uitwisseling en uitkomst',
    labelNames: ['uitwisseling', 'uitkomst'],
    registers,
  })
  const seconds = new Histogram({
    name: 'sluis_antwoord_seconden',
    help: 'Tijd tot het antwoord',
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
    registers,
  })
  const handshakes = new Counter({
    name: 'sluis_handshake_fouten_total',
    help: 'Mislukte TLS-handshakes',
    labelNames: ['code'],
    registers,
  })
  const alarms = new Counter({
    name: 'sluis_alarm_total',
    help: 'Gebeurtenissen waar een beheerder naar moet kijken',
    labelNames: ['alarm'],
    registers,
  })
  const brake = new Gauge({
    name: 'sluis_noodrem',
    help: 'Voor hoeveel de noodrem aan staat; 0 is uit',
    registers,
  })
  const readiness = new Gauge({
    name: 'sluis_gereed',
    help: '1 als het onderdeel werkt',
    labelNames: ['onderdeel'],
    registers,
  })
  const instance = new Gauge({
    name: 'sluis_instantie',
    help: 'Altijd 1; de labels zeggen welk programma dit is, en welk beleid geldt en in de map staat',
    labelNames: ['programma', 'beleid', 'beleidInMap'],
    registers,
  })
  const queued = new Gauge({
    name: 'sluis_wachtrij',
    help: 'Verzoeken die wachten of onder handen zijn, per partner',
    labelNames: ['partner'],
    registers,
  })
  const messages = new Gauge({
    name: 'sluis_berichten',
    help: 'Berichten die op hun ontvanger wachten, per soort',
    labelNames: ['soort'],
    registers,
  })
  return {
    answered: (uitwisseling, uitkomst, duration) => {
      calls.inc({ uitwisseling, uitkomst })
      seconds.observe(duration)
    },
    handshake: code => handshakes.inc({ code: /^[A-Z0-9_]{1,60}$/.test(code) ? code : 'ANDERS' }),
    alarm: name => alarms.inc({ alarm: name }),
    brake: bereik => brake.set(bereik.length),
    ready: (onderdeel, ok) => readiness.set({ onderdeel }, ok ? 1 : 0),
    instance: labels => {
      instance.reset()
      instance.set({ ...labels }, 1)
    },
    queued: counts => {
      queued.reset()
      for (const [partner, count] of counts) queued.set({ partner }, count)
    },
    messages: counts => {
      messages.reset()
      for (const [soort, count] of counts) messages.set({ soort }, count)
    },
    text: () => registry.metrics(),
    contentType: registry.contentType,
  }
}
