from __future__ import annotations
import random
import pytest
from tests.e2e.field.town import named
from tests.e2e.field.writing import assert_same, close, document, edit, edited
from tests.e2e.field.test_quarantine import BAD, PHOTO, nested
from tests.e2e.tablets import TabletError
import os
SEEDS=range(int(os.environ.get("LO","0")), int(os.environ.get("HI","20")))
ITEMS = {"occupation": ["x","y","z"], "employer": ["x","y","z"], "phone": ["12800000003","12800000004"], "name":["王芳","甲","乙"], "note":["p","q","r"], "id_number":["1","2"], "id_type":["111","114"]}

@pytest.mark.parametrize("seed", SEEDS)
def test_fuzz(site, seed):
    rnd = random.Random(seed)
    T = [site.tablet("li.na"), site.tablet("zhang.wei","helper"), site.tablet("wu.min","helper")]
    for t in T: t("sync")
    subjects = [site.home.mother, site.home.son, site.home.household, site.home.mothers_stay]
    visit = named("visit", site.cell)
    T[0]("put", doc=document(visit, dwelling=site.home.dwelling, round="2026-11", result="complete"))
    T[0]("push")
    opened = {}
    trace=[]
    def get(t, i):
        try: return t("get", id=i)
        except TabletError: return None
    for n in range(60):
        k = rnd.randrange(3); t = T[k]
        op = rnd.choice(["open","close","close","edit","edit","edit","remove","bad","push","push","pull","pull","sync","visit","new"])
        d = rnd.choice(subjects[:2] if rnd.random()<.7 else subjects)
        trace.append((k, op, d[:8]))
        items = {i: rnd.choice(v) for i, v in rnd.sample(sorted(ITEMS.items()), rnd.randint(1,2))} if d.startswith("person") else {"note": rnd.choice("abc"), "languages": rnd.choice(["zh","en zh","bo"])} if d.startswith("house") else {"relation": rnd.choice(["02","10"]), "kind": rnd.choice(["usual","temporary"])}
        if op=="open":
            o=get(t,d)
            if o: opened[k]=o
        elif op=="close" and k in opened:
            close(t, edited(opened.pop(k), minutes_ago=rnd.random()*5, **items))
        elif op=="edit":
            o=get(t,d)
            if o: close(t, edited(o, minutes_ago=rnd.random()*5, **items))
        elif op=="remove":
            o=get(t,d)
            if o: t("remove", id=d)
        elif op=="bad":
            o=get(t,d)
            if o:
                ch = rnd.choice([{"data":["x"]},{"_attachments":PHOTO},{"data":{"name":nested(70)}},{"data":{"name":"\ud800"}},{"meta":"x"}])
                t("put", doc={**o, **ch})
        elif op=="visit":
            o=get(t,visit)
            if o:
                if rnd.random()<.5: close(t, edited(o, result=rnd.choice(["refused","vacant"])))
                else: t("remove", id=visit)
        elif op=="new":
            p = named("person", site.cell, "new")
            if not get(t,p): t("put", doc=document(p, name=rnd.choice("甲乙丙")), options={"force": True})
            if p not in subjects: subjects.append(p)
        elif op in ("push","pull","sync"):
            t(op)
    for _ in range(3):
        for t in T: t("sync")
        site.settle(*T)
    assert_same(*T)
    for s in subjects:
        a=T[0]("get", id=s)
        assert isinstance(a["data"], dict), a
    assert T[0]("get", id=visit)["data"]["result"]=="complete"
