-- ExecProcess that really runs the words of a command line, without a shell of its own.

local M = {}

function M.exec(line, wait)
  local file = os.tmpname()
  local out = assert(io.open(file, "wb"))
  out:write(line)
  out:close()
  local command = ("'%s' '%s' '%s' %d%s"):format(os.getenv("SOUNDKIN_PYTHON"), os.getenv("SOUNDKIN_EXEC"), file, wait, wait < 0 and " &" or "")
  local pipe = io.popen(command)
  local text = wait < 0 and "0\n" or pipe:read("a")
  pipe:close()
  return text
end

return M
