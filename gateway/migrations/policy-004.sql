-- Which employee took part in which stage of a case, so that the stages stay with different people. Erasable.
-- No constraint but the key that the statement of the log itself resolves: no row may fail its group (design §5).
create table policy.case_phase (
  sleutel text collate "C" primary key,  -- medewerker and fase
  medewerker text collate "C" not null,  -- keyed pseudonym of principal, case and employee
  fase text not null,
  vervalt bigint not null
);

create index case_phase_medewerker on policy.case_phase (medewerker);
create index case_phase_vervalt on policy.case_phase (vervalt);
