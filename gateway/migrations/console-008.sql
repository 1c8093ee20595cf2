-- A transaction is found by its trace as well (LDV read extension): one more term, as projection.ts writes it.
UPDATE console.transactie t SET termen = t.termen || ('spoor:' || (l.tekst::jsonb ->> 'traceId'))
FROM audit.leaf l WHERE l.log = t.log AND l.idx = t.idx;
