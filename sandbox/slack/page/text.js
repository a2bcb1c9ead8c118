/** Text objects and images, the small parts of every block. */
import { h, safeUrl } from './dom.js';
import { withEmoji } from './emoji.js';
import { mrkdwn } from './mrkdwn.js';

/** A text object, plain or mrkdwn. */
export function textObject(text, names) {
  if (text.type === 'mrkdwn') return mrkdwn(text.text, names);
  return [text.emoji === false ? text.text : withEmoji(text.text)];
}

/** Images are shown from this page's own origin only; others by their description. */
export function image(element, className) {
  const url = element.image_url ? safeUrl(element.image_url) : null;
  if (url && (new URL(url).origin === location.origin || url.startsWith('data:'))) {
    return h('img', { class: className, src: url, alt: element.alt_text });
  }
  return h(
    'span',
    { class: `${className} image-missing`, title: element.alt_text, role: 'img', 'aria-label': element.alt_text },
    '🖼',
  );
}
