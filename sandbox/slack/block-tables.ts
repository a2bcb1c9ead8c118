/** What Slack accepts, written down as tables: text objects, elements, blocks. Limits are those of Block Kit's reference. */
import {
  anyOf,
  anything,
  boolean,
  byType,
  type Check,
  integer,
  list,
  may,
  need,
  type Rule,
  shape,
  string,
  uniqueIn,
  word,
} from './block-shapes';

const plain = (max: number): Check =>
  shape({ type: need(word('plain_text')), text: need(string(max)), emoji: may(boolean) });

const text =
  (max: number): Check =>
  (value, at, complaints) => {
    const isPlain = typeof value === 'object' && value !== null && 'type' in value && value.type === 'plain_text';
    const check = isPlain
      ? plain(max)
      : shape({ type: need(word('plain_text', 'mrkdwn')), text: need(string(max)), verbatim: may(boolean) });
    check(value, at, complaints);
  };

const id = may(string(255));
const confirm = may(
  shape({
    title: need(plain(100)),
    text: need(text(300)),
    confirm: need(plain(30)),
    deny: need(plain(30)),
    style: may(word('primary', 'danger')),
  }),
);
const option = (label: Check): Check =>
  shape({ text: need(label), value: need(string(150)), description: may(label), url: may(string(3000)) });
const plainOption = option(plain(75));
const richOption = option(text(75));
const image = { image_url: may(string(3000)), slack_file: may(anything), alt_text: need(string(2000)) };
const type = need(string(50));
const focus = may(boolean);
const placeholder = may(plain(150));

const select = (fields: Parameters<typeof shape>[0], ...rules: readonly Rule[]): Check =>
  shape({ type, action_id: id, confirm, placeholder, focus_on_load: focus, ...fields }, ...rules);

const groups = may(list(100, shape({ label: need(plain(75)), options: need(list(100, plainOption)) })));

/** Every element, by type. */
export const ELEMENTS: Readonly<Record<string, Check>> = {
  button: shape({
    type,
    action_id: id,
    text: need(plain(75)),
    value: may(string(2000)),
    url: may(string(3000)),
    style: may(word('primary', 'danger')),
    confirm,
    accessibility_label: may(string(75)),
  }),
  static_select: select(
    { options: may(list(100, plainOption)), option_groups: groups, initial_option: may(plainOption) },
    anyOf('options', 'option_groups'),
  ),
  multi_static_select: select(
    {
      options: may(list(100, plainOption)),
      option_groups: groups,
      initial_options: may(list(100, plainOption)),
      max_selected_items: may(integer),
    },
    anyOf('options', 'option_groups'),
  ),
  users_select: select({ initial_user: may(string(50)) }),
  conversations_select: select({
    initial_conversation: may(string(50)),
    default_to_current_conversation: may(boolean),
    filter: may(anything),
  }),
  channels_select: select({ initial_channel: may(string(50)) }),
  datepicker: select({ initial_date: may(string(10)) }),
  timepicker: select({ initial_time: may(string(5)), timezone: may(string(60)) }),
  overflow: shape({ type, action_id: id, options: need(list(5, richOption)), confirm }),
  radio_buttons: shape({
    type,
    action_id: id,
    options: need(list(10, richOption)),
    initial_option: may(richOption),
    confirm,
    focus_on_load: focus,
  }),
  checkboxes: shape({
    type,
    action_id: id,
    options: need(list(10, richOption)),
    initial_options: may(list(10, richOption)),
    confirm,
    focus_on_load: focus,
  }),
  plain_text_input: shape({
    type,
    action_id: id,
    placeholder,
    initial_value: may(string(3000, 0)),
    multiline: may(boolean),
    min_length: may(integer),
    max_length: may(integer),
    dispatch_action_config: may(anything),
    focus_on_load: focus,
  }),
  number_input: shape({
    type,
    action_id: id,
    placeholder,
    is_decimal_allowed: need(boolean),
    initial_value: may(string(100)),
    min_value: may(string(100)),
    max_value: may(string(100)),
    dispatch_action_config: may(anything),
    focus_on_load: focus,
  }),
  image: shape({ type, ...image }, anyOf('image_url', 'slack_file')),
  mrkdwn: text(2000),
  plain_text: text(2000),
};

const elements = (...allowed: readonly string[]): Check => byType(() => ELEMENTS, ...allowed);

const PICKERS = [
  'static_select',
  'users_select',
  'conversations_select',
  'channels_select',
  'datepicker',
  'timepicker',
] as const;
const CHOICES = ['radio_buttons', 'checkboxes'] as const;
const ACTIONS = ['button', 'overflow', ...PICKERS, ...CHOICES] as const;
const INPUTS = ['plain_text_input', 'number_input', 'multi_static_select', ...PICKERS, ...CHOICES] as const;

const richStyle = may(
  shape({
    bold: may(boolean),
    italic: may(boolean),
    strike: may(boolean),
    code: may(boolean),
    underline: may(boolean),
  }),
);
const RICH_INLINE: Readonly<Record<string, Check>> = {
  text: shape({ type, text: need(string(3000)), style: richStyle }),
  link: shape({ type, url: need(string(3000)), text: may(string(3000)), style: richStyle, unsafe: may(boolean) }),
  emoji: shape({ type, name: need(string(100)), unicode: may(string(100)), style: richStyle }),
  user: shape({ type, user_id: need(string(50)), style: richStyle }),
  channel: shape({ type, channel_id: need(string(50)), style: richStyle }),
  usergroup: shape({ type, usergroup_id: need(string(50)), style: richStyle }),
  broadcast: shape({ type, range: need(word('here', 'channel', 'everyone')), style: richStyle }),
  date: shape({
    type,
    timestamp: need(integer),
    format: need(string(200)),
    url: may(string(3000)),
    fallback: may(string(200)),
    style: richStyle,
  }),
};
const inline = byType(() => RICH_INLINE, ...Object.keys(RICH_INLINE));
const border = may(integer);
const RICH: Readonly<Record<string, Check>> = {
  rich_text_section: shape({ type, elements: need(list(1000, inline, 0)) }),
  rich_text_quote: shape({ type, elements: need(list(1000, inline)), border }),
  rich_text_preformatted: shape({ type, elements: need(list(1000, inline)), border, language: may(string(50)) }),
  rich_text_list: shape({
    type,
    style: need(word('bullet', 'ordered')),
    elements: need(
      list(
        1000,
        byType(() => RICH, 'rich_text_section'),
      ),
    ),
    indent: may(integer),
    offset: may(integer),
    border,
  }),
};
const richText = shape({
  type,
  block_id: id,
  elements: need(
    list(
      1000,
      byType(() => RICH, ...Object.keys(RICH)),
    ),
  ),
});

const cell = byType(() => CELLS, 'raw_text', 'raw_number', 'rich_text');
const CELLS: Readonly<Record<string, Check>> = {
  raw_text: shape({ type, text: need(string(3000)) }),
  raw_number: shape({ type, value: need(anything), text: may(string(300)) }),
  rich_text: richText,
};

/** Every block, by type. `input` belongs to modals and is kept out of messages by the caller. */
export const BLOCKS: Readonly<Record<string, Check>> = {
  header: shape({ type, block_id: id, text: need(plain(150)) }),
  section: shape(
    {
      type,
      block_id: id,
      text: may(text(3000)),
      fields: may(list(10, text(2000))),
      accessory: may(elements('image', 'multi_static_select', ...ACTIONS)),
      expand: may(boolean),
    },
    anyOf('text', 'fields'),
  ),
  divider: shape({ type, block_id: id }),
  context: shape({ type, block_id: id, elements: need(list(10, elements('image', 'mrkdwn', 'plain_text'))) }),
  actions: shape(
    { type, block_id: id, elements: need(list(25, elements(...ACTIONS))) },
    uniqueIn('elements', 'action_id'),
  ),
  image: shape({ type, block_id: id, ...image, title: may(plain(2000)) }, anyOf('image_url', 'slack_file')),
  markdown: shape({ type, block_id: id, text: need(string(12_000)) }),
  rich_text: richText,
  table: shape({
    type,
    block_id: id,
    rows: need(list(100, list(20, cell))),
    column_settings: may(list(20, shape({ align: may(word('left', 'center', 'right')), is_wrapped: may(boolean) }))),
  }),
  input: shape({
    type,
    block_id: id,
    label: need(plain(2000)),
    element: need(elements(...INPUTS)),
    hint: may(plain(2000)),
    optional: may(boolean),
    dispatch_action: may(boolean),
  }),
};

export const MESSAGE_BLOCKS = Object.keys(BLOCKS).filter((name) => name !== 'input');
export const MODAL_BLOCKS = Object.keys(BLOCKS).filter((name) => name !== 'table' && name !== 'markdown');

/** The parts of a modal around its blocks. */
export const VIEW_FRAME: Check = shape({
  type: need(word('modal')),
  title: need(plain(24)),
  submit: may(plain(24)),
  close: may(plain(24)),
  callback_id: may(string(255, 0)),
  private_metadata: may(string(3000, 0)),
  external_id: may(string(255, 0)),
  clear_on_close: may(boolean),
  notify_on_close: may(boolean),
  submit_disabled: may(boolean),
  blocks: need(anything),
});
