import { buildProduct } from '../../chaos/build';

/** Once for all tests: they start the product some hundred times, and a start of the sources takes twice as long. */
export default async function setUp(): Promise<void> {
  const { program, folder } = buildProduct();
  Object.assign(process.env, { BUILT_CUTOVER: program, BUILT_CUTOVER_IN: folder });
}
