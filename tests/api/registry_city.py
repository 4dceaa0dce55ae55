"""A city with a building in each of two districts, and somebody who lives in one and is registered in the other."""

from __future__ import annotations

from fieldsync.registry_import import Progress
from tests.api.city import ELSEWHERE, NORTH, SOUTH, City
from tests.api.test_field_work import API, uid

__all__ = ["API", "ELSEWHERE", "NORTH", "SOUTH", "URL", "people"]
URL = f"{API}/registry"
HERE, THERE = f"person:{uid('here')}", f"person:{uid('there')}"
FANG, BOTH = f"person:{uid('fang')}", f"person:{uid('both')}"
HOUSEHOLD = f"household:{uid('h1')}"
ROWS = {
    "building": "id,cell,name,address,point\n"
    f"{uid('b1')},{NORTH},Jinli 3,成都市武侯区浆洗街街道洗面桥社区小满里24号,30.605 104.005 0 0\n"
    f"{uid('b2')},{ELSEWHERE},,成都市锦江区春熙路街道总府路2号,30.605 104.205 0 0\n",
    "dwelling": "id,building,stairwell,floor,room,use,occupancy\n"
    f"{uid('d1')},{uid('b1')},1,3,301,residential,occupied\n"
    f"{uid('d2')},{uid('b1')},1,3,302,residential,vacant\n"
    f"{uid('d3')},{uid('b2')},2,1,101,residential,occupied\n",
    "household": "id,dwelling,type,contact_name,phone\n"
    f"{uid('h1')},{uid('d1')},family,王芳,12812345678\n"
    f"{uid('h2')},{uid('d3')},family,欧阳丽,12800000002\n",
    "person": "id,name,sex,birth_date,id_type,id_number,phone\n"
    f"{uid('fang')},王芳,2,1980-02-03,111,999999198002030029,12812345678\n"
    f"{uid('here')},王方,1,1981-02-03,,,\n"
    f"{uid('both')},欧阳丽,2,1990-05-06,990,E12345678,12800000002\n"
    f"{uid('there')},=1+1,1,1970-01-01,,,\n",
    "stay": "id,person,household,kind,relation,since,until\n"
    f"{uid('s1')},{uid('fang')},{uid('h1')},usual,02,2019-05-01,\n"
    f"{uid('s2')},{uid('here')},{uid('h1')},usual,10,2019-05-01,2024-01-01\n"
    f"{uid('s3')},{uid('both')},{uid('h2')},usual,02,2020-01-01,\n"
    f"{uid('s4')},{uid('both')},{uid('h1')},registered_only,77,2001-01-01,\n"
    f"{uid('s5')},{uid('there')},{uid('h2')},temporary,77,2026-01-01,\n",
}


def people(city: City) -> City:
    """Let a city know these people, and staff of both districts."""
    city.import_plan()
    importer = city.app.state.pipeline.importer(frozenset({NORTH, SOUTH, ELSEWHERE}))
    importer.take(ROWS, city.clock(), Progress())
    city.add("wu.min", "reviewer", "510107")
    city.add("elsewhere", "supervisor", "510104")
    city.add("auditor", "auditor", "5101")
    city.add("li.na", "collector", "510107")
    return city
