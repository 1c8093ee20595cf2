// What does the person who asks get to take along? The overview in the form that was chosen, recorded before its first byte.
import type { Desk, View, Visit } from './page.ts'
import { pdfOverview } from './pdf.ts'
import { findSubject } from './subject.ts'
import { about, faultsOf, formText, mustChoose, note, withPerson } from './subject-desk.ts'
import { csvOverview, htmlOverview, jsonOverview } from './subject-files.ts'
import { fileName, makeOverview, type Overview } from './subject-overview.ts'
import { personPage } from './subject-person.ts'
import { useGrounds } from './subject-terms.ts'

type Writer = (overview: Overview) => AsyncIterable<string | Uint8Array>

const writers: Readonly<Record<string, readonly [type: string, write: Writer]>> = {
  pdf: ['application/pdf', pdfOverview],
  html: ['text/html; charset=utf-8', htmlOverview],
  csv: ['text/csv; charset=utf-8; header=present', csvOverview],
  json: ['application/json', jsonOverview],
}

export async function exportOverview(visit: Visit, desk: Desk): Promise<View> {
  return await withPerson(visit, desk, async seat => {
    const vorm = formText(visit, 'vorm')
    const gebruik = formText(visit, 'gebruik')
    const [type, write] = (Object.hasOwn(writers, vorm) && writers[vorm]) || []
    const faults = faultsOf({
      vorm: type ? undefined : 'Kies een vorm.',
      gebruik:
        seat.restriction && mustChoose(gebruik, useGrounds, 'waarvoor u de gegevens gebruikt'),
    })
    if (faults || !type || !write) return await personPage(visit, desk, seat, faults ?? {})
    const { person, restriction } = seat
    const found = await findSubject(desk, visit.officer, person, visit.signal)
    const overview = await makeOverview(desk, visit.call.tijd, {
      found,
      oin: visit.officer.oin,
      eindigtOp: person.waarde.slice(-3),
    })
    await note(visit, desk, {
      soort: 'raadpleging',
      uitkomst: 'uitgevoerd',
      handeling: {
        wat: 'uitvoer',
        vorm,
        reden: seat.kept.reden,
        regels: found.lines.length,
        ...(restriction && { gebruik }),
      },
      ...about(person),
    })
    return { kind: 'download', name: fileName(overview, vorm), type, body: write(overview) }
  })
}
