// Which rows of other rooms commit with a record? The closed list of tables, and how each takes its rows.
import type { RoomRow } from '../terms.ts'

type Column = 'text' | 'lang' | 'boolean' | 'bigint'

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
  /** Sealed, in base64url: as long as what is sealed in it. */
  lang: value => typeof value === 'string' && /^[\w-]{1,400000}$/.test(value),
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
    'policy.case_phase',
    {
      columns: { sleutel: 'text', medewerker: 'text', fase: 'text', vervalt: 'bigint' },
      insert: source => `, fasen AS (
  INSERT INTO policy.case_phase AS f (sleutel, medewerker, fase, vervalt)
  SELECT sleutel, min(medewerker), min(fase), max(vervalt::bigint) FROM ${source}
  GROUP BY sleutel ORDER BY sleutel
  ON CONFLICT (sleutel) DO UPDATE SET vervalt = greatest(f.vervalt, excluded.vervalt)
)`,
    },
  ],
  [
    'policy.opt_out',
    {
      columns: { sleutel: 'text', vanaf: 'bigint', vervalt: 'bigint' },
      // The last that a person said counts.
      insert: source => `, bezwaren AS (
  INSERT INTO policy.opt_out (sleutel, vanaf, vervalt)
  SELECT DISTINCT ON (sleutel) sleutel, vanaf::bigint, vervalt::bigint FROM ${source} ORDER BY sleutel, nr DESC
  ON CONFLICT (sleutel) DO UPDATE SET vanaf = excluded.vanaf, vervalt = excluded.vervalt
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
  [
    'delivery.verzoek',
    {
      columns: {
        verzoek: 'text',
        log: 'text',
        uitwisseling: 'text',
        partij: 'text',
        wachtrij: 'text',
        staat: 'text',
        door: 'text',
        vanaf: 'bigint',
        aangenomen: 'bigint',
        uiterlijk: 'bigint',
        epoch: 'text',
        aflevering: 'text',
        idempotentie: 'text',
        lichaam: 'text',
        inhoud: 'text',
        verzegeld: 'lang',
      },
      // Of two with one Idempotency-Key only the first is taken in.
      insert: source => `, verzoeken AS (
  INSERT INTO delivery.verzoek (verzoek, log, uitwisseling, partij, wachtrij, staat, stand, door, lease, vanaf,
    aangenomen, gewijzigd, uiterlijk, pogingen, herinnerd, epoch, aflevering, idempotentie, lichaam, inhoud, verzegeld)
  SELECT verzoek::uuid, log, uitwisseling, partij, wachtrij, staat, 1, door, 0, nullif(vanaf::bigint, -1),
    aangenomen::bigint, aangenomen::bigint, uiterlijk::bigint, 0, 0, epoch, aflevering::uuid,
    nullif(idempotentie, '-'), lichaam, inhoud, verzegeld
  FROM ${source}
  ON CONFLICT DO NOTHING
)`,
    },
  ],
  [
    'delivery.stap',
    {
      columns: {
        verzoek: 'text',
        stand: 'bigint',
        door: 'text',
        staat: 'text',
        vanaf: 'bigint',
        opnieuw: 'bigint',
        wachtrij: 'text',
        bewaren_tot: 'bigint',
        pogingen: 'bigint',
        herinnerd: 'bigint',
        epoch: 'text',
        kenmerk: 'lang',
        reden: 'text',
        houdt: 'boolean',
        wist: 'boolean',
      },
      // Only from the state that the step saw: who lost its lease changes nothing.
      insert: source => `, stappen AS (
  UPDATE delivery.verzoek AS v SET stand = v.stand + 1, door = r.door, staat = r.staat,
    vanaf = nullif(r.vanaf::bigint, -1), lease = CASE WHEN r.houdt::boolean THEN v.lease ELSE 0 END,
    gewijzigd = $9::bigint, wachtrij = coalesce(nullif(r.wachtrij, '-'), v.wachtrij),
    bewaren_tot = coalesce(nullif(r.bewaren_tot::bigint, -1), v.bewaren_tot),
    opnieuw = coalesce(nullif(r.opnieuw::bigint, -1), v.opnieuw),
    pogingen = coalesce(nullif(r.pogingen::bigint, -1), v.pogingen),
    herinnerd = greatest(r.herinnerd::bigint, v.herinnerd),
    gemeld = CASE WHEN r.herinnerd::bigint > v.herinnerd THEN 'herinnering' ELSE v.gemeld END,
    epoch = coalesce(nullif(r.epoch, '-'), v.epoch), reden = coalesce(nullif(r.reden, '-'), v.reden),
    kenmerk = CASE WHEN r.wist::boolean THEN NULL ELSE coalesce(nullif(r.kenmerk, '-'), v.kenmerk) END,
    verzegeld = CASE WHEN r.wist::boolean THEN NULL ELSE v.verzegeld END,
    antwoord = CASE WHEN r.wist::boolean THEN NULL ELSE v.antwoord END
  FROM (SELECT * FROM ${source}) AS r
  WHERE v.verzoek = r.verzoek::uuid AND v.stand = r.stand::bigint
)`,
    },
  ],
  [
    'delivery.goedkeuring',
    {
      columns: {
        verzoek: 'text',
        goedkeurder: 'text',
        functie: 'text',
        tijd: 'bigint',
        tot: 'bigint',
        verklaring: 'text',
      },
      insert: source => `, goedkeuringen AS (
  INSERT INTO delivery.goedkeuring (verzoek, goedkeurder, functie, tijd, tot, verklaring)
  SELECT verzoek::uuid, goedkeurder, functie, tijd::bigint, tot::bigint, verklaring FROM ${source}
  ON CONFLICT DO NOTHING
)`,
    },
  ],
  [
    'delivery.levering',
    {
      columns: {
        levering: 'text',
        log: 'text',
        uitwisseling: 'text',
        partij: 'text',
        richting: 'text',
        begonnen: 'bigint',
        epoch: 'text',
        idempotentie: 'text',
        regels_totaal: 'bigint',
        bytes_totaal: 'bigint',
        kenmerk: 'lang',
      },
      // Of two with one name only the first is read.
      insert: source => `, leveringen AS (
  INSERT INTO delivery.levering (levering, log, uitwisseling, partij, richting, staat, stand, lease, begonnen,
    gewijzigd, epoch, gelezen, bytes, regels_totaal, bytes_totaal, idempotentie, kenmerk)
  SELECT levering::uuid, log, uitwisseling, partij, richting, 'in-behandeling', 1, 0, begonnen::bigint,
    begonnen::bigint, epoch, 0, 0, nullif(regels_totaal::bigint, -1), nullif(bytes_totaal::bigint, -1),
    nullif(idempotentie, '-'), nullif(kenmerk, '-')
  FROM ${source}
  ON CONFLICT DO NOTHING
)`,
    },
  ],
  [
    'delivery.leveringstap',
    {
      columns: { levering: 'text', stand: 'bigint', gelezen: 'bigint', bytes: 'bigint' },
      // Only by who reads it: every line has its outcome.
      insert: source => `, leveringstappen AS (
  UPDATE delivery.levering AS l SET staat = 'afgerond', lease = 0, gewijzigd = $9::bigint,
    gelezen = r.gelezen::bigint, bytes = r.bytes::bigint, regels_totaal = r.gelezen::bigint,
    bytes_totaal = r.bytes::bigint
  FROM (SELECT * FROM ${source}) AS r
  WHERE l.levering = r.levering::uuid AND l.stand = r.stand::bigint
)`,
    },
  ],
  [
    'delivery.regel',
    {
      columns: {
        levering: 'text',
        regel: 'bigint',
        uitkomst: 'text',
        transactie: 'text',
        gemarkeerd: 'boolean',
        lichaam: 'text',
        verslag: 'lang',
      },
      insert: source => `, regels AS (
  INSERT INTO delivery.regel (levering, regel, uitkomst, transactie, gemarkeerd, lichaam, verslag)
  SELECT levering::uuid, regel::bigint, uitkomst, transactie, gemarkeerd::boolean, lichaam, nullif(verslag, '-')
  FROM ${source}
  ON CONFLICT DO NOTHING
)`,
    },
  ],
  [
    'delivery.bericht',
    {
      columns: {
        bericht: 'text',
        soort: 'text',
        log: 'text',
        uitwisseling: 'text',
        verstrekker: 'text',
        ontvanger: 'text',
        aangenomen: 'bigint',
        bewaren_tot: 'bigint',
        geldig_tot: 'bigint',
        verzegeld: 'lang',
      },
      insert: source => `, berichten AS (
  INSERT INTO delivery.bericht (bericht, soort, log, uitwisseling, verstrekker, ontvanger, staat, stand, door,
    aangenomen, gewijzigd, bewaren_tot, geldig_tot, verzegeld)
  SELECT bericht::uuid, soort, log, uitwisseling, verstrekker, ontvanger, 'ontvangen', 1, bericht,
    aangenomen::bigint, aangenomen::bigint, bewaren_tot::bigint, nullif(geldig_tot::bigint, -1), verzegeld
  FROM ${source}
  ON CONFLICT DO NOTHING
)`,
    },
  ],
  [
    'delivery.correctie',
    {
      columns: {
        correctie: 'text',
        idempotentie: 'text',
        lichaam: 'text',
        aangenomen: 'bigint',
        houder: 'text',
      },
      // Of two with one name only the first is carried out, by the call that began it.
      insert: source => `, correcties AS (
  INSERT INTO delivery.correctie (correctie, idempotentie, lichaam, aangenomen, houder, lease)
  SELECT correctie::uuid, idempotentie, lichaam, aangenomen::bigint, houder,
    (extract(epoch FROM clock_timestamp()) * 1000)::bigint + 20000
  FROM ${source}
  ON CONFLICT DO NOTHING
)`,
    },
  ],
  [
    'delivery.correctiedeel',
    {
      columns: {
        correctie: 'text',
        deel: 'text',
        uitkomst: 'text',
        transactie: 'text',
        verslag: 'lang',
      },
      insert: source => `, correctiedelen AS (
  INSERT INTO delivery.correctiedeel (correctie, deel, uitkomst, transactie, verslag)
  SELECT correctie::uuid, deel, uitkomst, transactie, nullif(verslag, '-') FROM ${source}
  ON CONFLICT DO NOTHING
)`,
    },
  ],
  [
    'delivery.berichtstap',
    {
      columns: {
        bericht: 'text',
        stand: 'bigint',
        door: 'text',
        staat: 'text',
        afloop: 'text',
        wist: 'boolean',
      },
      // Only from the state that the step saw.
      insert: source => `, berichtstappen AS (
  UPDATE delivery.bericht AS b SET stand = b.stand + 1, door = r.door, staat = r.staat, gewijzigd = $9::bigint,
    afloop = coalesce(nullif(r.afloop, '-'), b.afloop),
    verzegeld = CASE WHEN r.wist::boolean THEN NULL ELSE b.verzegeld END
  FROM (SELECT * FROM ${source}) AS r
  WHERE b.bericht = r.bericht::uuid AND b.stand = r.stand::bigint
)`,
    },
  ],
])
