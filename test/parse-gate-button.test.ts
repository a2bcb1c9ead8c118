import { stepId, waveId } from '../src/core/ids';
import {
  decodeGateButton,
  decodeWaveButton,
  encodeGateButton,
  encodeModalMetadata,
  encodeWaveButton,
  parseButtonClick,
  parseReasonModal,
} from '../src/parse/gate-button';
import { expectFault, goodValue } from './fixtures/faults';

const HASH = '0123456789abcdef'.repeat(4);
const BUTTON = { wave: waveId('site-a-wave-1'), step: stepId('switch-dns'), gate: 3, hash: HASH };
const VALUE = { v: 1, w: 'site-a-wave-1', s: 'switch-dns', g: 3, h: HASH };

describe('the value of a gate button', () => {
  it('carries wave, step, gate number and the whole hash there and back', () => {
    const text = encodeGateButton(BUTTON);
    expect(JSON.parse(text)).toEqual(VALUE);
    expect(text.length).toBeLessThan(2000);
    expect(goodValue(decodeGateButton(text))).toEqual(BUTTON);
    expect(goodValue(decodeWaveButton(encodeWaveButton(BUTTON)))).toEqual({ wave: 'site-a-wave-1' });
  });

  const altered: readonly (readonly [string, unknown, string])[] = [
    ['nothing', '', 'its form'],
    ['no JSON', 'approve!', 'its form'],
    ['a list', '[1]', 'its form'],
    ['half of it', JSON.stringify(VALUE).slice(0, 40), 'its form'],
    ['another version', { ...VALUE, v: 2 }, '(v)'],
    ['no version', { ...VALUE, v: undefined }, '(v)'],
    ['another form of wave', { ...VALUE, w: 'site-a' }, '(w)'],
    ['a wave that leads elsewhere', { ...VALUE, w: '../x-wave-1' }, '(w)'],
    ['a step with a line end', { ...VALUE, s: 'switch-dns\n' }, '(s)'],
    ['a step of colons', { ...VALUE, s: 'a:b' }, '(s)'],
    ['gate 0', { ...VALUE, g: 0 }, '(g)'],
    ['gate one and a half', { ...VALUE, g: 1.5 }, '(g)'],
    ['gate as text', { ...VALUE, g: '3' }, '(g)'],
    ['half a hash', { ...VALUE, h: HASH.slice(0, 16) }, '(h)'],
    ['a hash in capitals', { ...VALUE, h: HASH.toUpperCase() }, '(h)'],
    ['a field too many', { ...VALUE, admin: true }, 'a field too many'],
    ['a prototype', `{"__proto__":{"v":1},${JSON.stringify(VALUE).slice(1)}`, 'a field too many'],
    ['several changes', { ...VALUE, g: 0, h: 'x' }, '(g, h)'],
    ['3000 characters', { ...VALUE, s: 'x'.repeat(3000) }, 'its form'],
  ];
  it.each(altered)('altered to %s is refused, and nothing of it repeated', (_name, value, fields) => {
    const parsed = decodeGateButton(typeof value === 'string' ? value : JSON.stringify(value));
    expectFault(parsed, 'button', fields, 'Use the newest card of the thread');
    expect(JSON.stringify(parsed)).not.toMatch(/admin|\.\.|approve!/);
  });

  it('of a wave button is no gate button, and the other way round', () => {
    expectFault(decodeGateButton(encodeWaveButton(BUTTON)), 'button', '(s, g, h)', 'newest card');
    expectFault(decodeWaveButton(encodeGateButton(BUTTON)), 'button', 'a field too many', 'newest card');
  });
});

describe('a click', () => {
  const payload = {
    type: 'block_actions',
    user: { id: 'U0APPROVER', name: 'ann' },
    trigger_id: '1.2.abc',
    channel: { id: 'C0CUTOVER', name: 'cutover' },
    message: { ts: '1712345678.000100', text: 'x' },
    actions: [{ action_id: 'gate.approve', value: encodeGateButton(BUTTON), block_id: 'b' }],
  };

  it('gives who, where and what', () => {
    expect(goodValue(parseButtonClick(payload))).toEqual({
      action: 'gate.approve',
      value: encodeGateButton(BUTTON),
      user: 'U0APPROVER',
      channel: 'C0CUTOVER',
      messageTs: '1712345678.000100',
      triggerId: '1.2.abc',
    });
  });

  it.each([
    ['no payload', null, 'its form'],
    ['no user', { ...payload, user: {} }, 'user.id'],
    ['a bot for a user', { ...payload, user: { id: 'B0BOT' } }, 'user.id'],
    ['no action', { ...payload, actions: [] }, 'actions'],
    ['an unknown action', { ...payload, actions: [{ action_id: 'gate.skip', value: 'x' }] }, 'actions.0.action_id'],
    ['an action without a value', { ...payload, actions: [{ action_id: 'gate.hold' }] }, 'actions.0.value'],
    ['a ts that is a number', { ...payload, message: { ts: 1712345678.0001 } }, 'message.ts'],
  ])('with %s is refused', (_name, value, field) => {
    expectFault(parseButtonClick(value), 'click', field, 'slash command');
  });
});

describe('the reason modal', () => {
  const gate = {
    v: 1,
    kind: 'gate.hold',
    w: 'site-a-wave-1',
    s: 'switch-dns',
    g: 3,
    h: HASH,
    channel: 'C0CUTOVER',
  } as const;
  const wave = { v: 1, kind: 'wave.rollback', w: 'site-a-wave-1', channel: 'C0CUTOVER' } as const;
  const view = (metadata: unknown, reason: unknown, more: object = {}) => ({
    private_metadata: typeof metadata === 'string' ? metadata : JSON.stringify(metadata),
    state: { values: { reason: { text: { type: 'plain_text_input', value: reason } }, ...more } },
  });

  it('gives what is to be done, where, and why', () => {
    const about = { wave: 'site-a-wave-1', site: 'site-a', channel: 'C0CUTOVER', thread: null, confirmed: null };
    const guarded = { step: 'switch-dns', gate: 3, hash: HASH };
    expect(goodValue(parseReasonModal(view(encodeModalMetadata(gate), '  too\nearly \u0007')))).toEqual({
      ...about,
      ...guarded,
      kind: 'hold',
      reason: 'too early',
    });
    expect(goodValue(parseReasonModal(view({ ...gate, kind: 'gate.approve' }, 'ok')))).toEqual({
      ...about,
      ...guarded,
      kind: 'approve',
      reason: 'ok',
    });
    for (const [metadata, kind] of [
      [
        { ...gate, kind: 'gate.rollback' },
        { kind: 'rollback', gate: 3 },
      ],
      [wave, { kind: 'rollback', gate: null }],
      [{ ...wave, kind: 'wave.abort' }, { kind: 'abort' }],
      [{ ...wave, kind: 'wave.skip' }, { kind: 'skip' }],
    ] as const) {
      expect(goodValue(parseReasonModal(view(metadata, 'ok')))).toEqual({ ...about, ...kind, reason: 'ok' });
    }
  });

  it('remembers the thread in which it was asked for', () => {
    expect(goodValue(parseReasonModal(view({ ...gate, t: '1806192000.000100' }, 'ok')))).toMatchObject({
      thread: '1806192000.000100',
    });
    expect(parseReasonModal(view({ ...gate, t: 'somewhere' }, 'ok')).ok).toBe(false);
  });

  it('may know the site only, and a word that was typed to confirm', () => {
    const typed = { confirm: { text: { value: ' site-a ' } } };
    expect(goodValue(parseReasonModal(view({ ...wave, w: 'site-a' }, 'ok', typed)))).toMatchObject({
      wave: null,
      site: 'site-a',
      confirmed: 'site-a',
    });
  });

  it.each([
    ['an empty reason', wave, '   ', 'reason', 'a reason is missing', 'Write why'],
    ['no reason', wave, null, 'reason', 'a reason is missing', 'Write why'],
    ['a reason of control characters', wave, '\u0000\u0007', 'reason', 'a reason is missing', 'Write why'],
    ['a reason of 501 characters', wave, 'x'.repeat(501), 'reason', '500 is the most', 'Shorten it'],
    ['no metadata', '', 'ok', 'modal', 'not ours', 'newest card'],
    ['another kind', { ...wave, kind: 'wave.start' }, 'ok', 'modal', 'not ours', 'newest card'],
    ['a gate without its hash', { ...gate, h: undefined }, 'ok', 'modal', 'not ours', 'newest card'],
    ['a field too many', { ...wave, admin: 1 }, 'ok', 'modal', 'not ours', 'newest card'],
    ['a user for a channel', { ...wave, channel: 'U0ANN' }, 'ok', 'modal', 'not ours', 'newest card'],
  ])('with %s is refused', (_name, metadata, reason, place, wrong, mend) => {
    expectFault(parseReasonModal(view(metadata, reason)), place, wrong, mend);
  });

  it('takes a reason of 500 characters, and refuses a view that is none', () => {
    expect(goodValue(parseReasonModal(view(wave, 'x'.repeat(500)))).reason).toHaveLength(500);
    for (const broken of [
      undefined,
      null,
      {},
      { private_metadata: 1 },
      { private_metadata: '{}', state: { values: {} } },
    ]) {
      expectFault(parseReasonModal(broken), 'modal', 'not ours', 'newest card');
    }
  });
});
