import { Link } from "wouter";
import { Empty } from "../parts/States";

export function MissingPage() {
  return (
    <>
      <h1 className="sr-only">Not here</h1>
      <Empty title="There is no page at this address.">
        <Link href="/" className="text-accent underline">
          Show the markets
        </Link>
      </Empty>
    </>
  );
}
