-- Signatures that were used (design §3.4): what stands here was accepted once, and is never accepted again.
create schema message;

create table message.handtekening (
  hash text collate "C" primary key, -- SHA-256 of partner and signature
  vervalt bigint not null            -- long after its own time has run out
);
create index handtekening_vervalt on message.handtekening (vervalt);
