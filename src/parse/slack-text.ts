/**
 * A text as Slack hands it over, as the person saw it: `<@U1|ann>` is @ann, a link its label, `&lt;` a <, curly quotes
 * straight. What comes out is plain text: it has to be escaped again before it is shown in a message.
 */
export function plainSlackText(text: string): string {
  return text
    .replace(/^\s*<@[^<>]*>\s+/, '')
    .replace(/<([@#!]?)([^<>|]*)(?:\|([^<>]*))?>/g, (_all, sign: string, id: string, label: string | undefined) =>
      named(sign, id, label),
    )
    .replace(/&lt;/g, '<')
    .replace(/&gt;/g, '>')
    .replace(/&amp;/g, '&')
    .replace(/[\u201c\u201d\u201e\u00ab\u00bb]/g, '"')
    .replace(/[\u2018\u2019\u201a]/g, "'");
}

/** `<@U1|ann>`, `<#C1|general>`, `<!here>`, `<https://example.com|example.com>` */
function named(sign: string, id: string, label: string | undefined): string {
  const name = label === undefined || label === '' ? id : label;
  if (sign === '') return name;
  return `${sign === '#' ? '#' : '@'}${name.replace(/^[@#]/, '')}`;
}
