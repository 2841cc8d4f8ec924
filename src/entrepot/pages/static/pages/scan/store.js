// What the device keeps: scans that are still to be sent, in their order; the last ones; what a flow
// works with. All of it belongs to somebody: an enterprise and a person.

const NAME = "entrepot-scan";
const LAST = 30; // of the last scans, for each flow
let opened = null;

function open() {
  opened ??= new Promise((resolve, reject) => {
    const asked = indexedDB.open(NAME, 1);
    asked.onupgradeneeded = () => {
      const scans = asked.result.createObjectStore("scans", { keyPath: "seq", autoIncrement: true });
      scans.createIndex("id", "id", { unique: true });
      const last = asked.result.createObjectStore("last", { keyPath: "seq", autoIncrement: true });
      last.createIndex("id", "id", { unique: true });
      asked.result.createObjectStore("work");
    };
    asked.onsuccess = () => resolve(asked.result);
    asked.onerror = () => reject(asked.error);
  });
  return opened;
}

/** One transaction: `act` gets the store, and its request's result is answered once it is kept. */
async function within(name, mode, act) {
  const database = await open();
  return new Promise((resolve, reject) => {
    const transaction = database.transaction(name, mode, { durability: "strict" });
    let request = null;
    transaction.oncomplete = () => resolve(request?.result);
    transaction.onabort = () => reject(transaction.error);
    request = act(transaction.objectStore(name));
  });
}

export const add = (scan) => within("scans", "readwrite", (its) => its.add(scan));
/** Change a scan that is there still; one that has left stays gone. */
export const change = (seq, says) => within("scans", "readwrite", (its) => {
  its.get(seq).onsuccess = ({ target }) => { if (target.result) its.put({ ...target.result, ...says }); };
  return null;
});
export const drop = (seq) => within("scans", "readwrite", (its) => its.delete(seq));
export const scans = () => within("scans", "readonly", (its) => its.getAll());
export const scan = (id) => within("scans", "readonly", (its) => its.index("id").get(id));

export const work = (key) => within("work", "readonly", (its) => its.get(key));
export const setWork = (key, value) => within("work", "readwrite", (its) => its.put(value, key));
export const dropWork = (key) => within("work", "readwrite", (its) => its.delete(key));

export async function last(owner, flow) {
  const all = await within("last", "readonly", (its) => its.getAll());
  return all.filter((each) => each.owner === owner && each.flow === flow).reverse();
}

export async function addLast(item) {
  const seq = await within("last", "readwrite", (its) => its.add(item));
  const mine = await last(item.owner, item.flow);
  const old = mine.slice(LAST).map((each) => each.seq);
  if (old.length) await within("last", "readwrite", (its) => { old.forEach((each) => its.delete(each)); return null; });
  return { ...item, seq };
}

export const changeLast = (id, says) => within("last", "readwrite", (its) => {
  its.index("id").get(id).onsuccess = ({ target }) => { if (target.result) its.put({ ...target.result, ...says }); };
  return null;
});
