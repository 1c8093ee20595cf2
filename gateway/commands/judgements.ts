// When is a part of the house well? Pure judgements over what doctor.ts found, each with what to do.

/** `onbekend`: it could not be judged now. */
export type Verdict = 'ok' | 'let op' | 'fout' | 'onbekend'

export interface Judgement {
  readonly oordeel: Verdict
  /** What was found, and after it what to do when it is not ok. */
  readonly melding: string
}

const ok = (melding: string): Judgement => ({ oordeel: 'ok', melding })
const beware = (melding: string): Judgement => ({ oordeel: 'let op', melding })
const wrong = (melding: string): Judgement => ({ oordeel: 'fout', melding })

const dayMs = 86_400_000

export function judgeSettings(faults: readonly string[]): Judgement {
  return faults.length === 0 ? ok('kloppen') : wrong(faults.join('; '))
}

/** What officers log in by; absent: there is no console. @param faults undefined when it did not answer */
export function judgeLogin(issuer: string | undefined, faults?: readonly string[]): Judgement {
  if (issuer === undefined) return ok('er is geen console: SLUIS_OIDC_ISSUER is niet gezet')
  if (!faults) {
    return wrong(
      'de aanmelddienst antwoordt niet. Kijk of SLUIS_OIDC_ISSUER klopt en of de dienst draait',
    )
  }
  if (faults.length === 0) return ok('de aanmelddienst antwoordt en kan wat de console vraagt')
  return beware(`de aanmelddienst ${faults.join('; ')}. Laat de beheerder ervan dit aanzetten`)
}

export function judgeKeyFiles(count: number, open: readonly string[]): Judgement {
  if (count === 0) return wrong('er is geen enkel sleutelbestand. Draai: sluis keys generate')
  if (open.length > 0) {
    return wrong(
      `${open.length} sleutels zijn leesbaar voor anderen. Draai chmod 600 op elk bestand`,
    )
  }
  return ok(`${count} bestanden, alleen leesbaar voor de eigenaar`)
}

/** @param months for how many months ahead every key is there; 0 is this month alone, -1 not even that */
export function judgeMonths(months: number): Judgement {
  if (months < 0) return wrong('de sleutels van deze maand ontbreken. Draai: sluis keys generate')
  if (months < 3) return beware(`sleutels voor nog ${months} maanden. Draai: sluis keys generate`)
  return ok('er zijn sleutels voor de komende maanden')
}

export function judgeCertificate(validFrom: number, validTo: number, now: number): Judgement {
  const days = Math.floor((validTo - now) / dayMs)
  if (now < validFrom)
    return wrong('is nog niet geldig. Kijk naar de klok, of naar het certificaat')
  if (now > validTo) return wrong('is verlopen. Zet een nieuw certificaat neer en stuur SIGHUP')
  if (days < 30) return beware(`verloopt over ${days} dagen. Vraag een nieuw certificaat aan`)
  return ok(`nog ${days} dagen geldig`)
}

export function judgeRevocation(healthy: boolean, files: readonly string[]): Judgement {
  if (healthy) return ok('elke uitgever heeft een verse intrekkingslijst')
  const which = files.length > 0 ? ` (${files.join(', ')})` : ''
  return wrong(`een intrekkingslijst ontbreekt, is verlopen of deugt niet${which}. Haal nieuwe op`)
}

export function judgeRole(faults: readonly string[], productie: boolean): Judgement {
  if (faults.length === 0) return ok('de rol mag precies wat nodig is')
  return (productie ? wrong : beware)(`de rol ${faults.join('; ')}`)
}

export function judgeMigrations(pending: readonly string[]): Judgement {
  if (pending.length === 0) return ok('de tabellen zijn bij')
  return wrong(`${pending.length} migraties ontbreken. Draai: sluis db migrate`)
}

export function judgeSkew(skewMs: number): Judgement {
  const seconds = Math.round(Math.abs(skewMs) / 100) / 10
  const said = `deze klok en die van de database verschillen ${seconds} s`
  if (Math.abs(skewMs) > 5_000) return wrong(`${said}. Zet tijdsynchronisatie aan`)
  return Math.abs(skewMs) > 1_000 ? beware(`${said}. Kijk naar de tijdsynchronisatie`) : ok(said)
}

export function judgePolicy(own: string, active: string): Judgement {
  if (own === active) return ok(`${own.slice(0, 19)} is ook wat geldt`)
  if (active === '') return beware('klopt, maar er is nog geen beleid actief. Start de gateway')
  return beware(
    `in de map staat ${own.slice(0, 19)}, wat geldt is ${active.slice(0, 19)}. Zet overal hetzelfde beleid neer`,
  )
}

export function judgeDisk(freeBytes: number): Judgement {
  const said = `${Math.floor(freeBytes / 1_000_000)} MB vrij in SLUIS_DATA_DIR`
  if (freeBytes < 100_000_000) return wrong(`${said}. Maak ruimte`)
  return freeBytes < 1_000_000_000 ? beware(`${said}. Maak ruimte`) : ok(said)
}

/** @param waiting requests that are due, since when the oldest is, and dead letters */
export function judgeQueue(
  { due, sinceMs, dead }: { due: number; sinceMs: number; dead: number },
  redis: 'geen' | 'goed' | 'weg' | 'verdringt',
): Judgement {
  if (redis === 'verdringt')
    return wrong('Redis mag sleutels verdringen. Zet maxmemory-policy noeviction')
  if (redis === 'weg')
    return wrong('Redis is niet bereikbaar. Verzoeken worden aangenomen, maar niet afgehandeld')
  if (due > 0 && sinceMs > 60_000) {
    return wrong(
      `${due} verzoeken wachten op een volgende stap, al ${Math.round(sinceMs / 1_000)} s. Draait er een werker?`,
    )
  }
  if (dead > 0) return beware(`${dead} verzoeken zijn mislukt. Kijk met: sluis queue list`)
  return ok('er blijft niets liggen')
}

export const embeddedNote = beware(
  'de ingebouwde database overleeft een gestopt proces, maar geen stroomuitval. Gebruik PostgreSQL',
)

/** 1 when anything is wrong, else 3 when anything could not be judged. */
export function exitOf(verdicts: readonly Verdict[]): 0 | 1 | 3 {
  if (verdicts.includes('fout')) return 1
  return verdicts.includes('onbekend') ? 3 : 0
}
