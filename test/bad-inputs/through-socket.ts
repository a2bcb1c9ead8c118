/**
 * Socket Mode: the same product behind the other receiver. Clicks and forms as over HTTP; envelopes that are none; frames
 * that no WebSocket sends. After each broken one a good command has to be answered, on a new connection if need be.
 */
import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { OUTSIDER } from '../../sandbox/people';
import { compose } from '../../src/compose';
import { nobody } from './bad-requests';
import { type Entrance, refused, Wrong } from './entrance';
import { type House, listeningLog, settingsOf } from './house';
import { type Answered, clickPayload, slashFields } from './slack-requests';
import { pressed, submitted, throughButtons, throughForms, type Way } from './through-clicks';
import { type Json, nastyText, woundedJson, woundedText } from './wounds';

type Pressed = Parameters<ReturnType<typeof throughButtons>['take']>[0];
type Submitted = Parameters<ReturnType<typeof throughForms>['take']>[0];
type Input =
  | { readonly kind: 'click'; readonly click: Pressed }
  | { readonly kind: 'form'; readonly form: Submitted }
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'frame'; readonly hex: string };

const ANSWER_MS = 25_000;

export async function throughSocket(house: House): Promise<Entrance<Input>> {
  const { SLACK_SIGNING_SECRET: _secret, ...values } = house.values;
  const settings = await settingsOf(house.sandbox, 'socket', {
    ...values,
    SLACK_APP_TOKEN: 'xapp-1-A0-1-abcdef0123456789',
  });
  const said: string[] = [];
  const product = compose(settings, listeningLog(said));
  await product.redis.ping();
  await product.slack.start();
  const { door, card, approval } = house;
  const waiting = new Map<string, (answered: Answered) => void>();
  door.onSocketText = (text) => {
    const { envelope_id: id, payload } = JSON.parse(text) as { envelope_id?: string; payload?: unknown };
    const body = payload === undefined || JSON.stringify(payload) === '{}' ? '' : JSON.stringify(payload);
    waiting.get(id ?? '')?.({ status: 200, body });
  };

  const way: Way = {
    name: 'Socket Mode',
    send: async (payload) => {
      const { peer } = await door.peer();
      const id = randomUUID();
      return new Promise((resolve) => {
        const end = (answered: Answered): void => {
          clearTimeout(late);
          waiting.delete(id);
          resolve(answered);
        };
        // What Bolt does not know is not acknowledged at all.
        const late = setTimeout(() => end({ status: 404, body: '' }), 400);
        waiting.set(id, end);
        const type = payload.startsWith('{"token"') ? 'slash_commands' : 'interactive';
        peer.send(`{"envelope_id":"${id}","type":"${type}","accepts_response_payload":true,"payload":${payload}}`);
      });
    },
  };
  const [buttons, forms] = [throughButtons(house, way), throughForms(house, way)];

  const envelope = (user: string): Json =>
    ({
      envelope_id: '4dc3b5a2-0000-4000-8000-000000000001',
      type: 'interactive',
      accepts_response_payload: true,
      payload: clickPayload({ card, user, value: approval, answerAt: door.answerAt('nobody') }),
    }) as unknown as Json;
  const types = fc.constantFrom(
    'hello',
    'events_api',
    'slash_commands',
    'interactive',
    '__proto__',
    'error',
    'close',
    'message',
    'slack_event',
  );
  const texts = fc.oneof(
    { weight: 4, arbitrary: nobody.chain((user) => woundedJson(envelope(user))) },
    { weight: 1, arbitrary: nobody.chain((user) => woundedText(JSON.stringify(envelope(user)))) },
    // Not "disconnect" as Slack sends it: that one is obeyed, as it should be.
    {
      weight: 2,
      arbitrary: fc
        .tuple(types, fc.json())
        .map(([type, payload]) => `{"type":"${type}","envelope_id":"x","payload":${payload}}`),
    },
    { weight: 1, arbitrary: nastyText },
    { weight: 1, arbitrary: fc.json() },
  );
  const frames = fc.oneof(
    fc.constantFrom(
      '8300',
      'ff00',
      '8180',
      'c105aabbccddee',
      '8a7e',
      '81fe',
      '817f',
      '817fffffffffffffffff',
      '89ff',
      '0000',
      '8000',
      '880100',
      '8802ffff',
      '88021000',
      '8103ff00fe',
      '8102c080',
      '818500000000',
      '09ff',
      `8a${'7d'}${'00'.repeat(125)}`,
    ),
    fc.uint8Array({ minLength: 1, maxLength: 30 }).map((bytes) => Buffer.from(bytes).toString('hex')),
  );
  const inputs: fc.Arbitrary<Input> = fc.oneof(
    { weight: 160, arbitrary: pressed(house).map((click) => ({ kind: 'click' as const, click })) },
    { weight: 160, arbitrary: submitted(house).map((form) => ({ kind: 'form' as const, form })) },
    { weight: 200, arbitrary: texts.map((text) => ({ kind: 'text' as const, text })) },
    { weight: 1, arbitrary: frames.map((hex) => ({ kind: 'frame' as const, hex })) },
  );

  /** A good command of somebody who may read only; gives what was answered. */
  async function help(): Promise<string> {
    for (const end = Date.now() + ANSWER_MS; Date.now() < end; ) {
      const id = `socket-${randomUUID()}`;
      await way.send(JSON.stringify(slashFields({ user: OUTSIDER, text: 'help', answerAt: door.answerAt(id) })));
      const words = await door.heard(`answer ${id}`, 600);
      if (words !== null) return words;
    }
    throw new Wrong('afterwards a good command was not answered any more');
  }

  let since = 0;
  async function take(input: Input) {
    if (input.kind === 'click') return buttons.take(input.click);
    if (input.kind === 'form') return forms.take(input.form);
    const { peer, line } = await door.peer();
    if (input.kind === 'text') peer.send(input.text);
    else line.write(Buffer.from(input.hex, 'hex'));
    since += 1;
    // Connections that were broken are given time to come back; sound ones are asked now and then.
    if (input.kind === 'text' && since % 8 !== 0) return refused('nothing was answered');
    await help();
    return refused(
      input.kind === 'text' ? 'nothing was answered; the next command was' : 'the next command was answered',
    );
  }

  return {
    ...buttons,
    name: 'Socket Mode',
    inputs,
    take,
    atOnce: 32,
    show: (input) => JSON.stringify(input),
    untouched: async () => {
      const mistake = said
        .splice(0)
        .filter((line) => !/could not be read; nothing/.test(line))
        .find((line) => /own mistake|TypeError|is not a function|Cannot read/.test(line));
      return (await house.untouched()) ?? (mistake === undefined ? null : `the product logged: ${mistake}`);
    },
    stillWorks: async () => void (await help()),
    close: async () => {
      await product.slack.stop(2_000);
      await product.stop();
    },
  };
}
