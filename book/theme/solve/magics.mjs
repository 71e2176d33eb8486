// Commands of Jupyter, which neither this page nor grading runs: their lines are left out, and a sentence says so.

const COMMAND = /^\s*(%%?[a-zA-Z]\w*|!{1,2})/;

export function withoutCommands(source) {
  const lines = source.split("\n");
  const named = new Set();
  const first = lines.findIndex((line) => line.trim() && !line.trim().startsWith("#"));
  const whole = lines[first]?.startsWith("%%");
  const kept = lines.map((line, number) => {
    const command = line.match(COMMAND)?.[1];
    if (command) named.add(command);
    if (whole && number >= first) return "";
    return command ? line.match(/^\s*/)[0] + "pass" : line;
  });
  if (!named.size) return { code: source, said: "" };
  const names = [...named].join(" and ");
  const rest = whole ? "The cell was left out." : "The rest of the cell was run.";
  return { code: kept.join("\n"), said: `${names}: a command of Jupyter, not Python. It runs neither here nor at grading. ${rest}` };
}
