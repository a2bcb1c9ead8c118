/**
 * Values of buttons and what forms carry, in requests that are Slack's in every other way. Certainly bad: whoever sends
 * them may steer nothing, or a part that says which gate, plan, wave or form is meant is another than the card's own.
 */
import fc from 'fast-check';
import { APPROVER, CHANNEL, OPERATOR, SECOND_APPROVER } from '../../sandbox/people';
import { ACTION_IDS } from '../../src/parse/gate-button';
import { cardOf, nobody } from './bad-requests';
import { type Entrance, refused, Wrong } from './entrance';
import type { House } from './house';
import { type Answered, clickPayload, payloadBody, viewPayload } from './slack-requests';
import { type Json, nastyText, otherThan, woundedJson, woundedText } from './wounds';

/** A way into the product for what Slack sends: signed HTTP, or the socket. */
export interface Way {
  readonly name: 'button values' | 'modals' | 'Socket Mode';
  readonly send: (payload: string) => Promise<Answered>;
}

interface Pressed {
  readonly user: string;
  readonly action: string;
  readonly value: string;
}

/** What keeps buttons and forms of this wave apart from others: any other value makes them void. */
type Card = ReturnType<typeof cardOf>;

export function pressed(house: House): fc.Arbitrary<Pressed> {
  const valid = { v: 1, ...cardOf(house.approval) };
  const own = JSON.stringify(valid);
  /** One of the five facts is another one. */
  const altered = fc.constantFrom<keyof typeof valid>('v', 'w', 's', 'g', 'h').chain((name) =>
    // A root card's button has no gate, so what else it carries is one field too many already.
    otherThan(valid[name]).map((value) => JSON.stringify({ ...valid, [name]: value })),
  );
  const more = fc
    .tuple(fc.constantFrom('force', 'user', 'x', '__proto__', 'constructor', 'v ', 'W'), nastyText)
    .map(([name, value]) => `${own.slice(0, -1)},${JSON.stringify(name)}:${JSON.stringify(value)}}`);
  const lacking = fc
    .constantFrom('v', 'w', 's', 'g', 'h')
    .map((name) => JSON.stringify(Object.fromEntries(Object.entries(valid).filter(([key]) => key !== name))));
  const stale = fc
    .record({
      g: fc.integer({ min: 2, max: 100_000 }),
      h: fc.oneof(
        fc.constant(valid.h),
        fc.string({ unit: fc.constantFrom(...'0123456789abcdef'), minLength: 64, maxLength: 64 }),
      ),
      s: fc.constantFrom('switch-dns', 'retire-legacy', 'drain-legacy', 'no-such-step'),
    })
    .map((part) => JSON.stringify({ ...valid, ...part }));
  const wounded = fc.oneof(woundedJson(valid), woundedText(own), nastyText, fc.json());
  const approvers = fc.constantFrom(APPROVER, SECOND_APPROVER, OPERATOR);
  const action = fc.constantFrom<string>(...ACTION_IDS);
  return fc.oneof(
    {
      weight: 8,
      arbitrary: fc.record({
        user: approvers,
        action: fc.constant('gate.approve'),
        value: fc.oneof(altered, more, lacking, stale),
      }),
    },
    // The same value under a button of the root card is a field too many.
    {
      weight: 3,
      arbitrary: fc.record({
        user: approvers,
        action: fc.constantFrom('wave.pause', 'wave.resume', 'wave.retry', 'wave.abort', 'wave.rollback'),
        value: fc.oneof(altered, more, stale, fc.constant(own)),
      }),
    },
    // Whoever started the wave approves nothing of it.
    {
      weight: 3,
      arbitrary: fc.record({
        user: fc.constant(OPERATOR),
        action: fc.constant('gate.approve'),
        value: fc.oneof(fc.constant(own), wounded),
      }),
    },
    {
      weight: 9,
      arbitrary: fc.record({
        user: nobody,
        action,
        value: fc.oneof(wounded, altered, fc.constant(own), fc.constant('{"v":1,"w":"site-b-wave-1"}')),
      }),
    },
    {
      weight: 1,
      arbitrary: fc.record({
        user: approvers,
        action: fc.oneof(
          nastyText.filter((text) => !(ACTION_IDS as readonly string[]).includes(text)),
          fc.constantFrom('gate.Approve', 'gate.approve ', 'wave.start'),
        ),
        value: fc.constant(own),
      }),
    },
  );
}

let count = 0;

export function throughButtons(house: House, way: Way): Entrance<Pressed> {
  return {
    ...common(house, way),
    inputs: pressed(house),
    async take({ user, action, value }) {
      count += 1;
      const id = `click-${count}`;
      const payload = clickPayload({
        card: house.card,
        user,
        action,
        value,
        answerAt: house.door.answerAt(id),
        trigger: id,
      });
      const keys = [`answer ${id}`, `form ${id}`];
      const answered = await way.send(JSON.stringify(payload));
      // What is no button of ours is acknowledged, and there is nobody to answer for it.
      if (!(ACTION_IDS as readonly string[]).includes(action) && answered.status === 200)
        return refused(`200: ${(await house.door.heard(keys, 20)) ?? 'not one of our buttons'}`);
      return answerOf(house, answered, keys);
    },
    show: (input) => JSON.stringify(input),
  };
}

interface Submitted {
  readonly user: string;
  readonly metadata: string;
  readonly values: string;
}

export function submitted(house: House): fc.Arbitrary<Submitted> {
  const card: Card = cardOf(house.approval);
  const place = { channel: CHANNEL.id };
  const gate = (kind: string) => ({ v: 1, kind, ...card, ...place });
  const wave = (kind: string) => ({ v: 1, kind, w: card.w, ...place });
  const metadatas = [
    ...['gate.approve', 'gate.hold', 'gate.rollback'].map(gate),
    ...['wave.rollback', 'wave.abort', 'wave.skip'].map(wave),
  ] as unknown as readonly Record<string, Json>[];
  const because = (text: string, confirm?: string) => ({
    reason: { text: { type: 'plain_text_input', value: text } },
    ...(confirm === undefined ? {} : { confirm: { text: { type: 'plain_text_input', value: confirm } } }),
  });
  const good = JSON.stringify(because('because', 'site-b'));
  const approvers = fc.constantFrom(APPROVER, SECOND_APPROVER);
  const [, hold = {}] = metadatas;
  /** Approve and hold name a gate; step, number and (for an approval) hash must be those of the open one. */
  const stale = fc
    .tuple(
      fc.constantFrom<[string, string]>(
        ['gate.approve', 'w'],
        ['gate.approve', 's'],
        ['gate.approve', 'g'],
        ['gate.approve', 'h'],
        ['gate.approve', 'v'],
        ['gate.hold', 'w'],
        ['gate.hold', 's'],
        ['gate.hold', 'g'],
        ['gate.hold', 'v'],
        ['gate.rollback', 'w'],
        ['gate.rollback', 'v'],
        ['gate.hold', 'channel'],
        ['gate.rollback', 'channel'],
      ),
      fc.nat(),
    )
    .chain(([[kind, name]]) =>
      otherThan(({ ...hold, kind } as Record<string, Json>)[name] ?? null).map((value) =>
        JSON.stringify({ ...hold, kind, [name]: value }),
      ),
    )
    // The site's own name stands for its newest wave, and another channel of Slack's form is only another place to answer at.
    .filter((text) => !/"w":"site-b"|"channel":"[CDG][A-Z0-9]+"/.test(text));
  const others = fc
    .constantFrom('w', 'v', 'kind')
    .chain((name) =>
      otherThan(({ ...hold } as Record<string, Json>)[name] ?? null).map((value) =>
        JSON.stringify({ ...hold, kind: 'gate.approve', h: 'f'.repeat(64), [name]: value }),
      ),
    );
  const noReason = fc.oneof(
    fc.constantFrom('', ' ', '\n\t', '\u0000\u0001', '\u202e', 'x'.repeat(501), 'ж'.repeat(100_000)),
    fc.nat({ max: 4000 }).map((n) => 'y'.repeat(501 + n)),
  );
  const noAbort = nastyText.filter((text) => text.replace(/[^a-z0-9-]/gi, '') !== 'site-b');
  const anyone = fc.constantFrom(...metadatas);
  return fc.oneof(
    {
      weight: 3,
      arbitrary: fc.record({ user: approvers, metadata: fc.oneof(stale, others), values: fc.constant(good) }),
    },
    {
      weight: 2,
      arbitrary: fc.record({
        user: approvers,
        metadata: anyone.map((each) => JSON.stringify(each)),
        values: noReason.map((text) => JSON.stringify(because(text, 'site-b'))),
      }),
    },
    {
      weight: 1,
      arbitrary: fc.record({
        user: approvers,
        metadata: fc.constant(JSON.stringify(wave('wave.abort'))),
        values: noAbort.map((text) => JSON.stringify(because('because', text))),
      }),
    },
    {
      weight: 2,
      arbitrary: fc.record({
        user: nobody,
        metadata: anyone.chain((each) => fc.oneof(woundedJson(each), woundedText(JSON.stringify(each)), nastyText)),
        values: fc.constant(good),
      }),
    },
    {
      weight: 2,
      arbitrary: fc.record({
        user: nobody,
        metadata: anyone.map((each) => JSON.stringify(each)),
        values: fc.oneof(
          woundedJson(because('because', 'site-b') as unknown as Json),
          nastyText.map((text) => JSON.stringify(because(text))),
          nastyText.map((text) => JSON.stringify(text)),
        ),
      }),
    },
    {
      weight: 1,
      arbitrary: fc.record({
        user: nobody,
        metadata: anyone.map((each) => JSON.stringify(each)),
        values: fc.constant(good),
      }),
    },
  );
}

export function throughForms(house: House, way: Way): Entrance<Submitted> {
  return {
    ...common(house, way),
    inputs: submitted(house),
    async take({ user, metadata, values }) {
      count += 1;
      const thread = `${count}.0`;
      const marked = metadata.startsWith('{"v":1,') ? metadata.replace('{"v":1,', `{"v":1,"t":"${thread}",`) : metadata;
      // Two of the same words in one second would be one request come twice.
      const view = viewPayload({ user, metadata: marked, values: '@values@' });
      const whole = JSON.stringify({ ...view, trigger_id: thread });
      const answered = await way.send(whole.replace('"@values@"', () => values));
      if (answered.status !== 200 || answered.body !== '') return answerOf(house, answered, []);
      return answerOf(house, answered, [`ephemeral ${thread}`]);
    },
    show: (input) => JSON.stringify(input),
  };
}

/** The words that came: with the acknowledgement, or after it. */
async function answerOf({ door }: House, { status, body }: Answered, keys: readonly string[]) {
  if (status < 200 || status >= 500) throw new Wrong(`answered ${status}: ${body.slice(0, 300)}`);
  if (status !== 200 || body !== '') return refused(`${status}: ${errorsIn(body)}`);
  const said = await door.heard(keys, 25_000);
  if (said === null) throw new Wrong('nobody was answered');
  if (/has your approval|is held at|rolls back|is aborted|is paused|goes on/.test(said))
    throw new Wrong(`it was done: ${said}`);
  return refused(`200: ${said}`);
}

/** What a form shows at its fields. */
function errorsIn(body: string): string {
  if (!body.startsWith('{')) return body;
  const { errors } = JSON.parse(body) as { readonly errors?: Readonly<Record<string, string>> };
  return errors === undefined ? body : Object.values(errors).join(' ');
}

function common(house: House, { name }: Way) {
  return {
    name,
    atOnce: 60,
    batch: 500,
    untouched: house.untouched,
    stillWorks: async () => {
      const { sender, card, approval, door } = house;
      // The same click within a second has the same signature, and is refused as one that was kept.
      const id = `starter-of-${name.replaceAll(' ', '-')}`;
      await sender.click({ card, user: OPERATOR, value: approval, answerAt: door.answerAt(id) });
      const said = await door.heard(`answer ${id}`, 10_000);
      if (!/somebody else has to approve/.test(said ?? '')) throw new Wrong(`a good click was answered: ${said}`);
    },
    close: async () => undefined,
    secrets: house.secrets,
  };
}

export const overHttp = (house: House, name: Way['name']): Way => ({
  name,
  send: (payload) => house.sender.post(payloadBody(payload)),
});
