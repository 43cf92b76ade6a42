// Compare what npm installed here with package-lock.json: the same versions and hashes, and nothing besides them.
import { readFileSync } from "node:fs";

const packages = (path) => JSON.parse(readFileSync(path, "utf-8")).packages;
const locked = packages("package-lock.json");
const wrong = Object.entries(packages("node_modules/.package-lock.json")).filter(
  ([name, { version, integrity, os }]) => {
    const known = locked[name];
    // A build for this one platform may not have been there to be locked.
    if (!known) return !os;
    return known.version !== version || known.integrity !== integrity;
  },
);
if (wrong.length > 0) {
  const names = wrong.map(([name, { version }]) => `${name} ${version}`).join(", ");
  console.error(
    `web: not what package-lock.json says: ${names}; run npm install in web/ and commit the lock`,
  );
  process.exit(1);
}
