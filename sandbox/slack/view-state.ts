/** What a filled-in modal says: the state that is submitted, and what Slack's own client refuses to submit. */
import { optionsOf } from './controls';
import { type Block, isJson, type Json, type StoredView } from './wire';

type Values = Readonly<Record<string, string>>;

/** `state.values` of a submission: by block_id, then by action_id. */
export function stateOf(view: StoredView, values: Values): Json {
  return Object.fromEntries(
    inputs(view).map(({ block, element }) => [
      block.block_id,
      { [String(element.action_id)]: stateOfElement(element, values[block.block_id]) },
    ]),
  );
}

/** The complaints with which the client holds a modal back, by block_id. */
export function clientErrors(view: StoredView, values: Values): Record<string, string> {
  const known = new Set(inputs(view).map(({ block }) => block.block_id));
  const unknown = Object.keys(values).filter((id) => !known.has(id));
  if (unknown.length > 0)
    throw new Error(`view ${view.id} has no input ${unknown.join(', ')}; it has ${[...known].join(', ')}`);
  const errors: Record<string, string> = {};
  for (const { block, element } of inputs(view)) {
    const complaint = complain(block, element, values[block.block_id] ?? initialOf(element));
    if (complaint) errors[block.block_id] = complaint;
  }
  return errors;
}

function complain(block: Block, element: Json, value: string): string | null {
  if (value === '') return block.optional === true ? null : 'Please complete this required field.';
  if (typeof element.min_length === 'number' && value.length < element.min_length) {
    return `Please enter at least ${element.min_length} characters.`;
  }
  if (typeof element.max_length === 'number' && value.length > element.max_length) {
    return `Please enter at most ${element.max_length} characters.`;
  }
  if (element.type === 'number_input' && !/^-?\d+(\.\d+)?$/.test(value)) return 'Please enter a number.';
  return null;
}

function inputs(view: StoredView): readonly { block: Block; element: Json }[] {
  return view.blocks.flatMap((block) =>
    block.type === 'input' && isJson(block.element) ? [{ block, element: block.element }] : [],
  );
}

function initialOf(element: Json): string {
  const option = isJson(element.initial_option) ? element.initial_option.value : undefined;
  const options = Array.isArray(element.initial_options)
    ? element.initial_options.filter(isJson).map(({ value }) => value)
    : [];
  const first =
    element.initial_value ??
    element.initial_user ??
    element.initial_date ??
    element.initial_time ??
    option ??
    options.join(',');
  return String(first);
}

function stateOfElement(element: Json, given: string | undefined): Json {
  const value = given ?? initialOf(element);
  const { type } = element;
  switch (type) {
    case 'plain_text_input':
    case 'number_input':
      return { type, value: value === '' ? null : value };
    case 'users_select':
      return { type, selected_user: value || null };
    case 'conversations_select':
      return { type, selected_conversation: value || null };
    case 'channels_select':
      return { type, selected_channel: value || null };
    case 'datepicker':
      return { type, selected_date: value || null };
    case 'timepicker':
      return { type, selected_time: value || null };
    case 'checkboxes':
    case 'multi_static_select': {
      const chosen = value.split(',');
      return { type, selected_options: optionsOf(element).filter((option) => chosen.includes(String(option.value))) };
    }
    default:
      return { type, selected_option: optionsOf(element).find((option) => option.value === value) ?? null };
  }
}
