// What is written down when an officer looks at something that is about no person? One line, before it is shown.
import type { Detail } from '../audit/log-record.ts'
import type { LogName } from '../terms.ts'
import type { Desk, Officer, Visit } from './page.ts'

/** Nothing of a confidential party stands in the first log, so who may look in the second is written down there. */
export function looksIn({ rollen }: Pick<Officer, 'rollen'>): LogName {
  return rollen.includes('vertrouwelijk') ? 'vertrouwelijk' : 'gewoon'
}

export async function recordLook(
  { officer, rol, call }: Visit,
  { record }: Pick<Desk, 'record'>,
  /** Which page, and what of it: without persons. */
  handeling: Readonly<Record<string, Detail>>,
): Promise<void> {
  await record(call, {
    soort: 'raadpleging',
    log: looksIn(officer),
    door: { oin: officer.oin, rol, id: officer.id },
    uitkomst: 'getoond',
    handeling,
  })
}
