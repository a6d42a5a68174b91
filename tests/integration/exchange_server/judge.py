"""Reads the exchange's own log and says what really happened, whatever its clients believe."""
import json


def read_lines(text):
    return [json.loads(line) for line in text.splitlines() if line]


class Judge:
    def __init__(self, lines):
        self.lines = lines

    @staticmethod
    def of_file(path):
        with open(path, encoding="utf-8") as file:
            return Judge(read_lines(file.read()))

    def events(self, event, **fields):
        return [line for line in self.lines if line["event"] == event and all(line.get(name) == value for name, value in fields.items())]

    def received(self, client_id):
        """The placing calls that carried the id, executed or not."""
        return [line for line in self.events("received") if line["parameters"].get("newClientOrderId") == client_id]

    def orders(self, client_id):
        """Ids of the orders that were really made under a client id."""
        return sorted({line["order_id"] for line in self.events("execution", client_id=client_id)})

    def executed_exactly_once(self, client_id):
        return len(self.orders(client_id)) == 1

    def never_executed(self, client_id):
        return not self.orders(client_id)

    def trades(self, client_id):
        return [line for line in self.events("execution", client_id=client_id) if line["execution"] == "TRADE"]

    def status(self, client_id):
        return self.events("execution", client_id=client_id)[-1]["status"]

    def answer(self, call):
        answers = self.events("answered", call=call)
        assert len(answers) == 1, f"call {call} has {len(answers)} answers in the log"
        return answers[0]

    def is_known_to_client(self, call):
        """False: the answer was withheld, so the client cannot know the outcome from it."""
        return not self.answer(call).get("is_withheld", False)

    def was_executed(self, call):
        return bool(self.events("executed", call=call))

    def faults(self, kind):
        return [line for line in self.events("fault") if line["fault"].split("#")[0] == kind]

    def sent_before_retry_after(self):
        """Calls that came although a 429 or 418 had told their sender to wait; empty when everybody obeyed."""
        broken, forbidden_until = [], 0
        for line in self.lines:
            if line["event"] == "received" and line["wall_ms"] < forbidden_until:
                broken.append(line["call"])
            if line["event"] == "answered" and "retry_after_s" in line and not line.get("is_withheld"):
                forbidden_until = max(forbidden_until, line["wall_ms"] + 1000 * line["retry_after_s"])
        return broken

    def contradictions(self):
        """What the log says against itself: answers without calls, effects of calls that were never carried out."""
        received, executed, answered, found = set(), set(), set(), []
        for line in self.lines:
            call, event = line.get("call", 0), line["event"]
            if event == "received":
                received.add(call)
            elif event == "executed":
                if call not in received or call in executed or call in answered:
                    found.append(line)
                executed.add(call)
            elif event == "answered":
                if call not in received or call in answered:
                    found.append(line)
                answered.add(call)
            elif event == "execution" and call and (call not in received or call in answered):
                found.append(line)
        return found
