// Why is a caller not let in? The closed list of reasons of step 1, each with its Dutch sentence.
import { Problem } from '../problem.ts'

export const peerReasons = {
  'certificaat-ontbreekt': 'Deze verbinding heeft geen clientcertificaat.',
  'certificaat-onleesbaar': 'Het certificaat is niet te lezen.',
  'certificaat-te-groot': 'Een certificaat in de keten bevat meer dan hier wordt gelezen.',
  'keten-onbekend': 'Het certificaat komt niet van een uitgever die hier wordt vertrouwd.',
  'nog-niet-geldig': 'Het certificaat of een certificaat erboven is nog niet geldig.',
  verlopen: 'Het certificaat of een certificaat erboven is verlopen.',
  'uitgever-onbevoegd': 'Een certificaat in de keten mag geen certificaten uitgeven.',
  'certificaat-is-uitgever': 'Een certificaat van een uitgever geeft hier geen toegang.',
  'gebruik-niet-toegestaan': 'Het certificaat is niet bedoeld om u als client aan te melden.',
  'sleutel-te-zwak': 'Een sleutel in de keten is te zwak (NCSC: RSA vanaf 3072 bits of ECDSA).',
  'sleutel-kwetsbaar': 'Een RSA-sleutel in de keten is te raden (ROCA, CVE-2017-15361).',
  'handtekening-te-zwak': 'Een handtekening in de keten is te zwak (NCSC: SHA-256 of sterker).',
  'extensie-onbekend': 'Een certificaat in de keten stelt een eis die hier niet wordt gelezen.',
  'naam-niet-toegestaan':
    'Een certificaat in de keten noemt een naam die zijn uitgever niet mag geven.',
  'certificaatbeleid-test':
    'Een certificaat in de keten is voor proef uitgegeven; hier geldt dat niet.',
  'certificaatbeleid-ontbreekt': 'Het certificaat valt niet onder een certificaatbeleid van hier.',
  'oin-ontbreekt': 'Het certificaat noemt geen OIN (subject serialNumber).',
  'oin-dubbel': 'Het certificaat noemt meer dan één OIN (subject serialNumber).',
  'oin-ongeldig': 'Het nummer in het certificaat is geen OIN van twintig posities.',
  'oin-test': 'Een test-OIN geeft hier geen toegang.',
  ingetrokken: 'Het certificaat of een certificaat erboven is ingetrokken.',
  'crl-ontbreekt': 'Van een uitgever in de keten is hier geen intrekkingslijst (CRL).',
  'crl-onleesbaar': 'De intrekkingslijst (CRL) van een uitgever is hier niet te lezen.',
  'crl-handtekening': 'De intrekkingslijst (CRL) is niet door de uitgever zelf ondertekend.',
  'crl-soort': 'De intrekkingslijst (CRL) van een uitgever is van een soort die hier niet kan.',
  'crl-ouder': 'De intrekkingslijst (CRL) van een uitgever is ouder dan de lijst die hier al gold.',
  'crl-nog-niet-geldig': 'De intrekkingslijst (CRL) van een uitgever is nog niet geldig.',
  'crl-verlopen': 'De intrekkingslijst (CRL) van een uitgever is verlopen.',
  'partij-onbekend': 'Het OIN in het certificaat is hier niet bekend.',
  'partij-niet-actief': 'De partij met dit OIN is hier niet actief.',
} as const satisfies Record<string, string>

export type PeerReason = keyof typeof peerReasons

export function notAdmitted(reden: PeerReason): Problem {
  return new Problem('niet-toegelaten', peerReasons[reden], { reden })
}
