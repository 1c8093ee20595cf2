// Which rows of other rooms commit with a record? The closed list of tables, and how each takes its rows.
import type { RoomRow } from '../terms.ts'

type Column = 'text' | 'boolean' | 'bigint'

interface RoomTable {
  /** In the order of the parameters. */
  readonly columns: Readonly<Record<string, Column>>
  /**
   * The expressions that write the rows of `source`, which come as texts. No two rows of a group, and no
   * row that is there already, may fail the group; within one log each group sees all groups before it.
   */
  readonly insert: (source: string) => string
}

export const columnFits: Readonly<Record<Column, (value: unknown) => boolean>> = {
  text: value => typeof value === 'string' && /^[\x20-\x7e]{1,200}$/.test(value),
  boolean: value => typeof value === 'boolean',
  bigint: value => Number.isSafeInteger(value),
}

export const roomTables: ReadonlyMap<RoomRow['tabel'], RoomTable> = new Map<
  RoomRow['tabel'],
  RoomTable
>([
  [
    'policy.case_fact',
    {
      columns: {
        sleutel: 'text',
        uitwisseling: 'text',
        trede: 'text',
        open: 'boolean',
        tijd: 'bigint',
        vervalt: 'bigint',
      },
      insert: source => `, feiten AS (
  INSERT INTO policy.case_fact (sleutel, uitwisseling, trede, open, tijd, vervalt)
  SELECT sleutel, uitwisseling, trede, open::boolean, tijd::bigint, vervalt::bigint FROM ${source}
)`,
    },
  ],
  [
    'policy.quota_use',
    {
      columns: { sleutel: 'text', aantal: 'bigint', vervalt: 'bigint' },
      insert: source => `, gebruik AS (
  INSERT INTO policy.quota_use AS q (sleutel, aantal, vervalt)
  SELECT sleutel, sum(aantal::bigint), max(vervalt::bigint) FROM ${source}
  GROUP BY sleutel ORDER BY sleutel
  ON CONFLICT (sleutel) DO UPDATE SET aantal = q.aantal + excluded.aantal
)`,
    },
  ],
  [
    'policy.person_seen',
    {
      columns: { sleutel: 'text', groep: 'text', dag: 'bigint', vervalt: 'bigint' },
      // Who was counted in the thirty days before is not counted again.
      insert: source => `, gezien AS (
  INSERT INTO policy.person_seen AS p (sleutel, groep, dag, vervalt)
  SELECT DISTINCT ON (sleutel) sleutel, groep, dag::int, vervalt::bigint FROM ${source} ORDER BY sleutel
  ON CONFLICT (sleutel) DO UPDATE SET dag = excluded.dag, vervalt = excluded.vervalt
  WHERE p.dag <= excluded.dag - 30
  RETURNING groep, dag, vervalt
), geteld AS (
  INSERT INTO policy.person_day AS d (groep, dag, aantal, vervalt)
  SELECT groep, dag, count(*), max(vervalt) FROM gezien GROUP BY groep, dag ORDER BY groep, dag
  ON CONFLICT (groep, dag) DO UPDATE SET aantal = d.aantal + excluded.aantal
)`,
    },
  ],
  [
    'policy.case_person',
    {
      columns: {
        persoon: 'text',
        zaak: 'text',
        rol: 'text',
        eerste: 'boolean',
        tijd: 'bigint',
        vervalt: 'bigint',
      },
      // A first question registers its person only where the case is still unknown: of two, the first in the log.
      insert: source => `, leden AS (
  INSERT INTO policy.case_person AS l (persoon, zaak, rol, tijd, vervalt)
  SELECT DISTINCT ON (persoon) persoon, zaak, rol, tijd::bigint, vervalt::bigint
  FROM (SELECT r.*, min(nr) OVER (PARTITION BY zaak) AS voorop FROM ${source}) AS r
  WHERE NOT eerste::boolean OR (nr = voorop AND NOT EXISTS (
    SELECT FROM policy.case_person AS k WHERE k.zaak = r.zaak AND k.vervalt > r.tijd::bigint))
  ORDER BY persoon, eerste, nr DESC
  ON CONFLICT (persoon) DO UPDATE
  SET rol = excluded.rol, tijd = excluded.tijd, vervalt = greatest(l.vervalt, excluded.vervalt)
)`,
    },
  ],
  [
    'policy.case_escape',
    {
      columns: {
        sleutel: 'text',
        persoon: 'text',
        groep: 'text',
        uiterlijk: 'bigint',
        vervalt: 'bigint',
      },
      insert: source => `, ontsnappingen AS (
  INSERT INTO policy.case_escape (sleutel, persoon, groep, uiterlijk, vervalt)
  SELECT sleutel, persoon, groep, uiterlijk::bigint, vervalt::bigint FROM ${source}
  ON CONFLICT DO NOTHING
)`,
    },
  ],
])
