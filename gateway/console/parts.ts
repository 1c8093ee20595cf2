// What do pages consist of? The components of the Rijkshuisstijl, each in one place; no page writes their markup itself.
import { type Fragment, type Html, html } from '../html.ts'
import type { Moment } from '../terms.ts'
import { localText } from './local-time.ts'

export function heading(level: 2 | 3, text: Fragment, id?: string): Html {
  const named = id === undefined ? html`` : html` id="${id}"`
  return level === 2
    ? html`<h2 class="nl-heading nl-heading--level-2"${named}>${text}</h2>`
    : html`<h3 class="nl-heading nl-heading--level-3"${named}>${text}</h3>`
}

export function paragraph(...text: readonly Fragment[]): Html {
  return html`<p class="nl-paragraph">${text}</p>`
}

/** Only our own paths, and places of the page. */
export function anchor(to: `${'/' | '#'}${string}`, text: Fragment): Html {
  return html`<a class="nl-link rhc-link--inline" href="${to}">${text}</a>`
}

export function list(items: readonly Fragment[]): Html {
  const rows = items.map(item => html`<li class="utrecht-unordered-list__item">${item}</li>`)
  return html`<ul class="utrecht-unordered-list">${rows}</ul>`
}

/** Term and description, one under the other. */
export function facts(rows: readonly (readonly [term: string, value: Fragment])[]): Html {
  const items = rows.map(
    ([term, value]) => html`<div class="rhc-data-summary__item">
<dt class="rhc-data-summary__item-key">${term}</dt>
<dd class="rhc-data-summary__item-value">${value}</dd>
</div>`,
  )
  return html`<dl class="rhc-data-summary rhc-data-summary--row">${items}</dl>`
}

/** A few numbers that one sees before all else. */
export function figures(rows: readonly (readonly [term: string, value: Fragment])[]): Html {
  const items = rows.map(
    ([term, value]) => html`<div class="cijfer"><dt>${term}</dt><dd>${value}</dd></div>`,
  )
  return html`<dl class="cijfers">${items}</dl>`
}

export interface Table {
  /** What it shows; read aloud first, and its name for the keyboard. */
  readonly caption: string
  readonly head: readonly string[]
  readonly rows: readonly (readonly Fragment[])[]
  /** Columns (from 0) of numbers, set to the right. */
  readonly numbers?: readonly number[]
  /** What stands there instead when there are no rows. */
  readonly empty?: string
}

/** The first column names its row. Scrolls by itself when the screen is narrow. */
export function table({ caption, head, rows, numbers = [], empty }: Table): Html {
  if (rows.length === 0) return paragraph(empty ?? 'Er is niets gevonden.')
  const kind = (part: 'cell' | 'header-cell', i: number) =>
    `utrecht-table__${part}${numbers.includes(i) ? ` utrecht-table__${part}--numeric-column` : ''}`
  return html`<div class="utrecht-table-container utrecht-table-container--overflow-inline" role="region" aria-label="${caption}" tabindex="0">
<table class="utrecht-table">
<caption class="utrecht-table__caption">${caption}</caption>
<thead class="utrecht-table__header"><tr class="utrecht-table__row">${head.map(
    (text, i) => html`<th scope="col" class="${kind('header-cell', i)}">${text}</th>`,
  )}</tr></thead>
<tbody class="utrecht-table__body">${rows.map(
    cells => html`<tr class="utrecht-table__row">${cells.map((cell, i) =>
      i === 0
        ? html`<th scope="row" class="${kind('header-cell', i)}">${cell}</th>`
        : html`<td class="${kind('cell', i)}">${cell}</td>`,
    )}</tr>
`,
  )}</tbody>
</table>
</div>`
}

export type Tone = 'info' | 'ok' | 'warning' | 'error'

/** On a field of 24: told by its shape as well as its colour. */
const signs: Readonly<Record<Tone, readonly [name: string, drawn: string]>> = {
  info: ['Informatie', 'M12 10v7M12 6.5v1M21 12a9 9 0 1 1-18 0 9 9 0 0 1 18 0z'],
  ok: ['Gelukt', 'M7.5 12.5l3 3 6-7M21 12a9 9 0 1 1-18 0 9 9 0 0 1 18 0z'],
  warning: ['Let op', 'M12 9v5M12 16.5v1M12 3l10 18H2z'],
  error: ['Fout', 'M9 9l6 6M15 9l-6 6M8 3h8l5 5v8l-5 5H8l-5-5V8z'],
}

export function notice(tone: Tone, ...text: readonly Fragment[]): Html {
  const role = tone === 'error' ? 'alert' : 'status'
  const [name, drawn] = signs[tone]
  return html`<div class="utrecht-alert utrecht-alert--${tone}" role="${role}">
<div class="utrecht-alert__icon"><svg class="utrecht-icon" width="24" height="24" viewBox="0 0 24 24" role="img" aria-label="${name}" fill="none" stroke="currentColor" stroke-width="2"><path d="${drawn}"/></svg></div>
<div class="utrecht-alert__content"><div class="utrecht-alert__message nl-paragraph">${text}</div></div>
</div>`
}

/** A state in a word; never told by its colour alone. */
export function badge(tone: Tone, text: string): Html {
  return html`<span class="utrecht-badge-status utrecht-badge-status--${tone}">${text}</span>`
}

interface Field {
  readonly name: string
  /** Only where one page holds two fields of this name. */
  readonly id?: string
  readonly label: string
  readonly help?: string
  /** What is wrong with what was filled in. */
  readonly error?: string | undefined
  readonly required?: boolean
}

export interface TextField extends Field {
  readonly value?: string | undefined
  readonly type?: 'text' | 'date' | 'month' | 'number' | 'file'
  /** Keyboard of a telephone; numbers of persons are text all the same. */
  readonly inputMode?: 'numeric'
  readonly lines?: number
}

export function textField(field: TextField): Html {
  const { name, id = name, value = '', type = 'text', inputMode, lines, required } = field
  const told = describedBy(field)
  // A required textarea that is still empty would be painted as wrong before anybody wrote in it.
  const needed = required ? (lines ? html` aria-required="true"` : html` required`) : html``
  const mode = inputMode ? html` inputmode="${inputMode}"` : html``
  const control = lines
    ? html`<textarea class="utrecht-textarea utrecht-textarea--html-textarea" id="${id}" name="${name}" rows="${lines}" autocomplete="off"${needed}${told}>${value}</textarea>`
    : html`<input class="utrecht-textbox utrecht-textbox--html-input" id="${id}" name="${name}" type="${type}" value="${value}" autocomplete="off"${mode}${needed}${told}>`
  return around(field, control)
}

export interface Choice extends Field {
  readonly options: readonly (readonly [value: string, text: string])[]
  readonly value?: string | undefined
}

/** A list to choose from; an option with an empty value stands for no choice. */
export function choice(field: Choice): Html {
  const { name, id = name, options, value = '', required } = field
  const needed = required ? html` required` : html``
  const items = options.map(
    ([key, text]) =>
      html`<option value="${key}"${key === value ? html` selected` : html``}>${text}</option>`,
  )
  return around(
    field,
    html`<select class="utrecht-select utrecht-select--html-select" id="${id}" name="${name}"${needed}${describedBy(field)}>${items}</select>`,
  )
}

export function checkbox({
  name,
  label,
  value = 'ja',
  id = `${name}-${value}`,
  checked = false,
}: {
  readonly name: string
  readonly id?: string
  readonly label: Fragment
  readonly value?: string
  readonly checked?: boolean
}): Html {
  const on = checked ? html` checked` : html``
  return html`<div class="utrecht-form-field utrecht-form-field--checkbox">
<div class="utrecht-form-field__input"><input class="utrecht-checkbox utrecht-checkbox--html-input" type="checkbox" id="${id}" name="${name}" value="${value}"${on}></div>
<div class="utrecht-form-field__label utrecht-form-field__label--checkbox"><label class="utrecht-form-label utrecht-form-label--checkbox" for="${id}">${label}</label></div>
</div>`
}

/** Fields that belong together under one question. */
export function fieldset(legend: string, ...fields: readonly Fragment[]): Html {
  return html`<fieldset class="utrecht-form-fieldset utrecht-form-fieldset--html-fieldset"><legend class="utrecht-form-fieldset__legend utrecht-form-fieldset__legend--html-legend">${legend}</legend>${fields}</fieldset>`
}

/** Fields beside each other where the screen is wide enough. */
export function columns(...fields: readonly Fragment[]): Html {
  return html`<div class="kolommen">${fields}</div>`
}

export interface Form {
  readonly action: `/${string}`
  /** Of the visit: a form that does something is always POST with this. */
  readonly csrf: string
  readonly submit: string
  readonly fields?: readonly Fragment[]
  readonly danger?: boolean
  /** Sends a file. */
  readonly upload?: boolean
}

export function form({ action, csrf, submit, fields = [], danger, upload }: Form): Html {
  const kind = danger
    ? 'utrecht-button--primary-action utrecht-button--danger'
    : 'utrecht-button--primary-action'
  const type = upload ? html` enctype="multipart/form-data"` : html``
  return html`<form class="utrecht-form" method="post" action="${action}"${type} novalidate>
<input type="hidden" name="csrf" value="${csrf}">
${fields}
<p class="utrecht-action-group"><button class="utrecht-button ${kind}" type="submit">${submit}</button></p>
</form>`
}

/** What a form does besides what is filled in. */
export function hidden(name: string, value: string): Html {
  return html`<input type="hidden" name="${name}" value="${value}">`
}

/** A long text that opens by itself; no script needed. */
export function unfold(summary: string, ...content: readonly Fragment[]): Html {
  return html`<details class="uitklap"><summary>${summary}</summary>${content}</details>`
}

/** A file as it was written. Scrolls by itself when the screen is narrow. */
export function fileText(name: string, lines: string): Html {
  const shown = lines.split('\n').map(
    line => html`${line}
`,
  )
  return html`<pre class="bestand" role="region" aria-label="${name}" tabindex="0">${shown}</pre>`
}

/** A form without persons in it: its address may be kept and shared. */
export function filterForm({
  action,
  submit,
  fields,
}: Pick<Form, 'action' | 'submit'> & { readonly fields: readonly Fragment[] }): Html {
  return html`<form class="utrecht-form filter" method="get" action="${action}">
${fields}
<p class="utrecht-action-group"><button class="utrecht-button utrecht-button--secondary-action" type="submit">${submit}</button></p>
</form>`
}

/** What must be mended in a form; each leads to its field. Never with what was filled in. */
export function faultList(faults: ReadonlyMap<string, string>): Html {
  if (faults.size === 0) return html``
  const items = [...faults].map(([field, text]) => anchor(`#${field}`, text))
  return notice('error', paragraph('Dit moet nog anders:'), list(items))
}

/** Links to the parts of a list; keyset paging knows no numbers. */
export function pager(links: {
  readonly newer?: `/${string}` | undefined
  readonly older?: `/${string}` | undefined
}): Html {
  const { newer, older } = links
  if (!newer && !older) return html``
  const item = (to: `/${string}` | undefined, text: string) =>
    to && html`<li><a class="ams-pagination__link" href="${to}">${text}</a></li>`
  return html`<nav class="ams-pagination" aria-label="Bladeren"><ul class="ams-pagination__list">${item(newer, 'Naar het begin')}${item(older, 'Volgende')}</ul></nav>`
}

/** When, by the clock of the Netherlands. */
export function moment(tijd: Moment): Html {
  const [day = '', hour] = localText(tijd).split(' ')
  const written = `${day.split('-').reverse().join('-')} ${hour}`
  return html`<time datetime="${new Date(tijd).toISOString()}">${written}</time>`
}

function around(field: Field, control: Html): Html {
  const { name, id = name, label, help, error } = field
  const wrong = error ? ' utrecht-form-field--invalid' : ''
  return html`<div class="utrecht-form-field utrecht-form-field--text${wrong}">
<div class="utrecht-form-field__label"><label class="utrecht-form-label" for="${id}">${label}</label></div>
${help && html`<div class="utrecht-form-field__description utrecht-form-field-description" id="${id}-uitleg">${help}</div>`}
${error && html`<div class="utrecht-form-field__error-message utrecht-form-field-error-message" id="${id}-fout">${error}</div>`}
<div class="utrecht-form-field__input">${control}</div>
</div>`
}

function describedBy({ name, id = name, help, error }: Field): Html {
  const ids = [help && `${id}-uitleg`, error && `${id}-fout`].filter(Boolean).join(' ')
  const described = ids ? html` aria-describedby="${ids}"` : html``
  return error ? html`${described} aria-invalid="true"` : described
}
