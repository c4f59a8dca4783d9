import { expect, it } from 'vitest';
import { Html, html } from '../../src/report/html.js';

it('escapes what is put in, in text and in attributes', () => {
  const evil = `</pre><script>alert("1")</script> & 'so on'`;
  expect(html`<pre title="${evil}">${evil}</pre>`.markup).toBe(
    '<pre title="&lt;/pre&gt;&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt; &amp; &#39;so on&#39;">&lt;/pre&gt;&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt; &amp; &#39;so on&#39;</pre>',
  );
});

it('puts markup in as it is, one by one and in lists', () => {
  const items = ['a<b', 2].map((item) => html`<li>${item}</li>`);
  expect(html`<ul>${items}</ul>${new Html('<hr>')}`.markup).toBe(
    '<ul><li>a&lt;b</li><li>2</li></ul><hr>',
  );
});

it('keeps a line break of a template', () => {
  expect(html`a\nb`.markup).toBe('a\nb');
});
