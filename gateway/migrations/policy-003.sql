-- Which persons belong to a case, as the receiver itself told or showed by its first question; and the
-- escapes from that. Erasable. No constraint but the keys that the statement of the log itself resolves.
create table policy.case_person (
  persoon text collate "C" primary key,  -- keyed pseudonym of principal, case and person
  zaak text collate "C" not null,        -- keyed pseudonym of principal and case
  rol text not null,
  tijd bigint not null,
  vervalt bigint not null
);

create index case_person_zaak on policy.case_person (zaak);
create index case_person_vervalt on policy.case_person (vervalt);

create table policy.case_escape (
  sleutel text collate "C" primary key,  -- persoon and exchange
  persoon text collate "C" not null,     -- as in case_person: registered is closed
  groep text collate "C" not null,       -- keyed pseudonym of principal and exchange
  uiterlijk bigint not null,
  vervalt bigint not null
);

create index case_escape_groep on policy.case_escape (groep);
create index case_escape_vervalt on policy.case_escape (vervalt);
