// SPDX-License-Identifier: LGPL-2.1-or-later
#include <nodal/core/registry.h>
#include <nodal/couple/assimilation_method.h>

namespace nodal
{
  namespace
  {
    class NoAssimilation : public AssimilationMethod
    {
    public:
      void analyse(Ensemble &, const Observations &,
                   const AnalysisContext &) override
      {
      }
    };
  } // namespace

  NODAL_REGISTER(AssimilationMethod, NoAssimilation, "none",
                 "the forecast as it is")
} // namespace nodal
