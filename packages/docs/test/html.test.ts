import assert from 'node:assert/strict'
import { test } from 'node:test'
import { html, raw } from '../src/html.ts'
import { renderInline, renderMarkdown } from '../src/markdown.ts'

const linking = { link: (target: string) => `/docs/en/${target}/` }

test('what is put into a template is text, unless it is HTML', () => {
  const text = `<b>&"'`
  assert.equal(
    html`<p title="${text}">${text}</p>`.text,
    '<p title="&lt;b&gt;&amp;&quot;&#39;">&lt;b&gt;&amp;&quot;&#39;</p>',
  )
  assert.equal(html`${raw('<b>')}${html`<i>${1}</i>`}${['a', [html`<br>`]]}`.text, '<b><i>1</i>a<br>')
  assert.equal(html`${null}${undefined}${false}${0}${''}`.text, '0')
})

test('Markdown: headings have addresses, code runs from left to right, links name pages', () => {
  const { body, headings } = renderMarkdown(
    '# A `b` {#top}\n\nSee [c](errors#x) and `<d>`.\n\n| e |\n| --- |\n| f |\n',
    linking,
  )
  assert.equal(
    body.text,
    '<h1 id="top">A <code dir="ltr">b</code></h1>\n<p>See <a href="/docs/en/errors#x/">c</a> and <code dir="ltr">&lt;d&gt;</code>.</p>\n' +
      '<table><thead><tr><th scope="col">e</th></tr></thead><tbody><tr><td>f</td></tr></tbody></table>\n',
  )
  assert.deepEqual(headings, [{ level: 1, id: 'top', title: 'A b' }])
  assert.equal(renderInline('a & *b*', linking).text, 'a &amp; <em>b</em>')
})

test('a table whose first corner is empty names its rows', () => {
  assert.equal(
    renderMarkdown('| | a |\n| --- | --- |\n| b | c |\n', linking).body.text,
    '<table><thead><tr><td></td><th scope="col">a</th></tr></thead>' +
      '<tbody><tr><th scope="row">b</th><td>c</td></tr></tbody></table>\n',
  )
})

test('Markdown that translators cannot write is refused', () => {
  for (const text of ['# No address', '<b>x</b>', '```\nx\n```', '    x', '![x](y.png)']) {
    assert.throws(() => renderMarkdown(text, linking), /HTML|block|pictures|\{#id\}/, text)
  }
})
