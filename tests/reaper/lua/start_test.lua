-- "Setup and status" starts the real daemon after asking.

local test, equal, match = T.test, T.equal, T.match
local processes = require("processes")

test("setup starts the daemon for real and reports it", function()
  local made = T.world({ profile = "bare", real_time = true, resource = os.getenv("SOUNDKIN_RESOURCE"), exec = processes.exec })
  made.answers = { 6 }
  made:start("Setup and status")
  made:spin(function() return #made.boxes > 1 end, 40)
  match(made.boxes[1].text, "not running")
  match(made.boxes[2].text, "The daemon runs now")
  match(made.boxes[2].text, "samples: 0")
  equal(#made.log, 1)
end)
