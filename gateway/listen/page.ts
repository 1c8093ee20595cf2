// What stands around every public page?
import { type Html, html } from '../html.ts'

export function page(title: string, body: Html): string {
  return html`<!doctype html>
<html lang="nl">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title} - Sluis</title>
<link rel="stylesheet" href="/stijl.css">
</head>
<body>
<a class="over" href="#inhoud">Ga naar de inhoud</a>
<header><p><a href="/register">Sluis</a> <span>gegevens uitwisselen voor één doel tegelijk</span></p></header>
<main id="inhoud">
<h1>${title}</h1>
${body}
</main>
<footer><nav aria-label="Meer">
<ul>
<li><a href="/register">Register van uitwisselingen</a></li>
<li><a href="/register/grondslagen">Wetten en artikelen</a></li>
<li><a href="/register/normen">Normen en codelijsten</a></li>
<li><a href="/register/instrumenten">Selectie-instrumenten</a></li>
<li><a href="/register/verwerkingen">Registers van verwerkingen</a></li>
<li><a href="/register/verwerker">Register van de verwerker</a></li>
<li><a href="/v1/openapi.json">Beschrijving van de API</a></li>
<li><a href="/checkpoint">Stand van het logboek</a></li>
<li><a href="/log-sleutel">Sleutel van het logboek</a></li>
</ul>
</nav></footer>
</body>
</html>
`.text
}
