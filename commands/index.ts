import type { App } from '@slack/bolt';
import type { CommandRoom } from './command-room';
import { registerCutover } from './cutover';
import { registerGate } from './gate';
import { registerReasonModal } from './reason-modal';
import { registerWaveButtons } from './wave-button';

export type { Asker, CommandRoom } from './command-room';
export { answerTo, readText } from './cutover';

export function registerCommands(app: App, room: CommandRoom): void {
  registerCutover(app, room);
  registerGate(app, room);
  registerWaveButtons(app, room);
  registerReasonModal(app, room);
}
