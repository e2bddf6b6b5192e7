// Makes a component of a module: source, folder of the interface, world, where to write it.
import { componentize } from "@bytecodealliance/componentize-js";
import { writeFile } from "node:fs/promises";

const [sourcePath, witPath, worldName, out] = process.argv.slice(1);
try {
  // There is no fetch: requests go through the hub. What is printed, time and chance come from the hub too.
  const disableFeatures = ["http", "fetch-event"];
  const { component } = await componentize({ sourcePath, witPath, worldName, disableFeatures });
  await writeFile(out, component);
} catch (error) {
  console.error(error.message ?? error);
  process.exit(1);
}
