"""Planning: what is new, changed or gone since the newest version?"""

from sahut.runtime.entrypoint import stage_handler
from sahut.stages.plan_build import plan_build

handler = stage_handler(plan_build)
