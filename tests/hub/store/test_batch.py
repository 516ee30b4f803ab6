"""Who has which commit."""

from concurrent.futures import Future

from hub.store.batch import Queue, Queued


def unit(*, patient: bool) -> Queued:
    return Queued(lambda _tx: None, None, Future(), None, patient=patient)


def push() -> Queued:
    return Queued(None, "a push", Future(), None)


def test_who_is_patient_lets_one_commit_go_first_for_whose_pushes_somebody_waits_and_no_second(clock):
    queue, patient, first, second, other = Queue(clock), unit(patient=True), push(), push(), unit(patient=False)
    for each in (patient, first, other):
        queue.put(each)
    assert queue.gather(0.0) == [first, other]
    queue.put(second)
    assert queue.gather(0.0) == [patient, second], "whatever came meanwhile"
    assert queue.gather(0.0) == []


def test_who_is_patient_waits_for_nobody_where_nobody_waits_for_an_answer(clock):
    queue, patient, other = Queue(clock), unit(patient=True), unit(patient=False)
    queue.put(patient)
    queue.put(other)
    assert queue.gather(0.0) == [patient, other]


def test_that_a_push_has_come_is_known_until_the_next_commit_takes_it(clock):
    queue = Queue(clock)
    queue.put(unit(patient=False))
    assert not queue.asked, "nobody waits for an answer"
    queue.put(push())
    assert queue.asked
    queue.gather(0.0)
    assert not queue.asked


def test_what_gave_way_is_done_before_the_end_and_refused_after_it(clock):
    queue, patient = Queue(clock), unit(patient=True)
    for each in (patient, push()):
        queue.put(each)
    queue.end()
    assert len(queue.gather(0.0)) == 1
    assert queue.gather(0.0) == [patient] and queue.gather(0.0) is None
    late = unit(patient=True)
    queue = Queue(clock)
    for each in (late, push()):
        queue.put(each)
    queue.gather(0.0)
    assert queue.close() == [late]
