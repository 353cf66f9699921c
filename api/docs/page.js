// Draws /openapi.json. Every text enters the page as text, never as markup.
'use strict'

const methods = ['get', 'post', 'put', 'patch', 'delete']

/** Makes an element with properties and children; a string child becomes a text node. */
function el(tag, properties = {}, ...children) {
  const node = Object.assign(document.createElement(tag), properties)
  node.append(...children.filter((child) => child !== null))
  return node
}

/** Names a schema in one line: "Conversation", "string or null", "list of Message". */
function typeName(schema) {
  if (!schema) return ''
  if (schema.$ref) return schema.$ref.split('/').pop()
  if (schema.anyOf) return schema.anyOf.map(typeName).join(' or ')
  if (schema.type === 'array') return `list of ${typeName(schema.items)}`
  const types = [schema.type].flat().filter(Boolean).join(' or ')
  return schema.enum ? `${types}: ${schema.enum.join(', ')}` : types
}

function anchorOf(operation) {
  return `operation-${operation.operationId}`
}

function tableOf(caption, rows) {
  if (rows.length === 0) return null
  const body = rows.map(([name, type, text]) =>
    el('tr', {}, el('th', { scope: 'row' }, el('code', {}, name)), el('td', {}, type), el('td', {}, text ?? '')))
  return el('table', {}, el('caption', {}, caption), el('tbody', {}, ...body))
}

function parameterRows(operation) {
  return (operation.parameters ?? []).map((p) => [p.name, `${p.in}, ${typeName(p.schema)}`, p.description])
}

function contentOf(thing) {
  return Object.entries(thing?.content ?? {}).map(([media, c]) => `${typeName(c.schema)} (${media})`).join(', ')
}

function responseRows(operation) {
  return Object.entries(operation.responses ?? {}).map(([status, r]) => [status, contentOf(r), r.description])
}

function drawOperation({ path, method, operation }) {
  const schemes = (operation.security ?? []).flatMap(Object.keys)
  return el('article', { id: anchorOf(operation) },
    el('h3', {}, el('span', { className: 'method' }, method.toUpperCase()), el('span', { className: 'path' }, path)),
    el('p', { className: 'summary' }, operation.summary ?? ''),
    el('p', { className: 'soft' }, schemes.length ? `By ${schemes.join(' or ')}. ` : 'By anyone. ', operation.description ?? ''),
    tableOf('Parameters', parameterRows(operation)),
    operation.requestBody ? tableOf('Body', [['body', contentOf(operation.requestBody), '']]) : null,
    tableOf('Answers', responseRows(operation)))
}

function drawSchema([name, schema]) {
  const rows = Object.entries(schema.properties ?? {}).map(([field, s]) => [field, typeName(s), s.description])
  return el('article', { id: `schema-${name}` }, el('h3', {}, name), tableOf('Fields', rows))
}

function operationsOf(spec) {
  return Object.entries(spec.paths).flatMap(([path, item]) =>
    methods.filter((method) => item[method]).map((method) => ({ path, method, operation: item[method] })))
}

function draw(spec) {
  document.getElementById('about').textContent = spec.info.description ?? ''
  const byTag = Map.groupBy
    ? Map.groupBy(operationsOf(spec), (o) => o.operation.tags?.[0] ?? 'other')
    : new Map([['operations', operationsOf(spec)]])
  const main = document.getElementById('operations')
  const links = []
  for (const [tag, group] of byTag) {
    main.append(el('h2', {}, tag), ...group.map(drawOperation))
    links.push(...group.map((o) => el('li', {},
      el('a', { href: `#${anchorOf(o.operation)}` }, `${o.method.toUpperCase()} ${o.path}`))))
  }
  document.getElementById('contents').append(el('ul', {}, ...links))
  main.append(el('h2', {}, 'Schemas'), ...Object.entries(spec.components.schemas).map(drawSchema))
}

fetch('/openapi.json')
  .then((response) => response.json())
  .then(draw)
  .catch(() => { document.getElementById('about').textContent = 'The description could not be loaded.' })
