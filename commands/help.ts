import { helpText } from '../templates/answers';
import type { Verb } from './verb';

export const help: Verb<'help'> = async () => helpText();
